# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS page
WORKDIR /src/dashboard
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN npm ci
COPY openapi /src/openapi
COPY dashboard ./
RUN npm run build

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
COPY --from=page /src/dashboard/dist dashboard/dist
# What the dependencies were built to stays in caches between builds, so only what changed is built again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin outrider \
    && cp target/release/outrider /usr/local/bin/outrider

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="outrider" \
      org.opencontainers.image.description="Planning service for ground vehicles on roads that may be broken"
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin outrider
COPY --from=build /usr/local/bin/outrider /usr/local/bin/outrider
# The image has no Postgres server: name one in OUTRIDER_DATABASE_URL. docker/compose.yaml runs both.
ENV OUTRIDER_LISTEN=0.0.0.0:8080 \
    OUTRIDER_LOG_FORMAT=json
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["outrider", "healthcheck"]
ENTRYPOINT ["outrider"]
CMD ["serve"]
