# syntax=docker/dockerfile:1
# The same commit gives the same program: `.ci/reproducible` takes these steps and compares. For the same *image*, name the bases by digest
# and pass the commit and its time:
#   docker buildx build --build-arg OUTRIDER_COMMIT=$(git rev-parse HEAD) --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) \
#       --build-arg RUST_IMAGE=rust:1.95-slim-bookworm@sha256:... --output type=image,rewrite-timestamp=true .
# The tags below are not pinned here: a digest is only worth something to whoever has looked it up.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG RUST_IMAGE=rust:1.95-slim-bookworm
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS page
WORKDIR /src/dashboard
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN npm ci
COPY openapi /src/openapi
COPY dashboard ./
RUN npm run build

FROM ${RUST_IMAGE} AS build
WORKDIR /src
COPY . .
COPY --from=page /src/dashboard/dist dashboard/dist
# The repository is not in the build's context: `outrider --version` says what it is told here.
ARG OUTRIDER_COMMIT=
ARG SOURCE_DATE_EPOCH=
# What the dependencies were built to stays in caches between builds, so only what changed is built again.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    .ci/program /usr/local/bin/outrider

FROM ${BASE_IMAGE}
# Whom to trust about an identity provider's certificate.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ARG OUTRIDER_COMMIT=
LABEL org.opencontainers.image.title="outrider" \
      org.opencontainers.image.description="Planning service for ground vehicles on roads that may be broken" \
      org.opencontainers.image.revision="${OUTRIDER_COMMIT}"
# Nothing is run here, so that nothing but the program differs from the base. The user is a number and needs no name.
COPY --from=build /usr/local/bin/outrider /usr/local/bin/outrider
# The image has no Postgres server: name one in OUTRIDER_DATABASE_URL. docker/compose.yaml runs both.
ENV OUTRIDER_LISTEN=0.0.0.0:8080 \
    OUTRIDER_LOG_FORMAT=json
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["outrider", "healthcheck"]
ENTRYPOINT ["outrider"]
CMD ["serve"]
