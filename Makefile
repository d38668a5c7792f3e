# `make` alone says what there is.
.DEFAULT_GOAL := help
.PHONY: help run replicas test nightly fuzz audit page api upgrade bench search openapi cargo postgres release sbom client clienttest

help: ## Say what there is to make
	@echo "Outrider plans a ground vehicle's way through roads that may be broken, while drones scout ahead."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "    make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Start with \`make run\`. After it, \`target/release/outrider --help\` explains the program itself."

# The release profile: planning is several times faster than in a debug build, and the times it shows are the true ones.
# The first build takes two to three minutes on two cores, later ones seconds.
run: cargo postgres page ## Build everything and start the demo on http://127.0.0.1:8080
	cargo build --release --locked
	target/release/outrider demo

replicas: cargo postgres page ## Build everything and start two replicas over one Postgres, behind HAProxy if it is installed
	cargo build --release --locked
	OUTRIDER=target/release/outrider docker/replicas

test: cargo postgres page ## Check format, lints and documentation, and run all tests
	.ci/page check
	.ci/page unit
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked
	cargo test --locked
	.ci/page browser

# The page is built into the binary. Its own sources say when it is to be built anew, and so does the API that it uses.
PAGE_SOURCES := $(shell find dashboard/src dashboard/public -type f ! -name schema.d.ts) $(wildcard dashboard/*.*) \
    openapi/openapi.json .ci/page

page: dashboard/dist/index.html ## Build the page at / (needs Node 20.19 or newer)

dashboard/dist/index.html: $(PAGE_SOURCES)
	.ci/page build

# How many seeded runs of the fault tests; a run that fails prints the command that repeats its seed.
FAULT_RUNS ?= 200

# How many worlds of each kind the simulation of replicas plays.
SEEDS ?= 20000

# For how many seconds the soak test puts load on the service.
SOAK_S ?= 3600

upgrade: cargo postgres page ## Try a rolling upgrade from the version before the newest migration
	.ci/upgrade

nightly: cargo postgres page fuzz ## What takes too long for each change: simulated worlds, seeded faults, an hour of load, fuzzing, two builds compared
	OUTRIDER_SEEDS=$(SEEDS) cargo test --locked --lib -- replica_tests
	OUTRIDER_FAULT_RUNS=$(FAULT_RUNS) cargo test --locked --test it -- faults:: --nocapture
	OUTRIDER_SOAK_S=$(SOAK_S) cargo test --release --locked --test it -- --ignored soak:: --nocapture
	API_SEED=$$(date +%s) API_EXAMPLES=40 .ci/api
	.ci/reproducible

# For how many seconds each parser is tried.
FUZZ_S ?= 300

api: cargo page ## Try the whole API against its own document, as every role (API_EXAMPLES=40 for more)
	.ci/api

fuzz: cargo page ## Try every parser of what comes from outside for FUZZ_S seconds (libFuzzer; needs a C++ compiler)
	FUZZ_S=$(FUZZ_S) .ci/fuzz

audit: cargo ## Check licences, sources, duplicates and known vulnerabilities of all dependencies
	.ci/audit

# Where the data is, what else `outrider bench` is told, and which run is drawn.
NETWORKS ?= ../shared/data/line-coverage
SCENARIOS ?= ../shared/bench/large-*.jsonl ../shared/bench/small-*.jsonl
FILM ?= large-ahmedabad-p0.3-v40-u3-s1-0
BENCH ?=

bench: cargo page ## Run the benchmark (NETWORKS=folder SCENARIOS="files"), write docs/benchmark and its tables anew
	cargo build --release --locked
	target/release/outrider bench --networks $(NETWORKS) --scenarios $(SCENARIOS) --film $(FILM) \
	    --output docs/benchmark --document docs/BENCHMARK.md $(BENCH)

# What the search is measured on, and what else `outrider bench search` is told.
SEARCH_ON ?= --network ../shared/data/line-coverage/large --network ../shared/data/osm/porto.osm.pbf --copies 1,4
SEARCH ?= --processor-time

search: cargo postgres page ## Measure the search beside other engines, write docs/search and its tables anew
	cargo build --release --locked --features cch
	target/release/outrider bench search $(SEARCH_ON) $(SEARCH) --output docs/search --document docs/SEARCH.md

# One file for those who have neither the repository nor containers, and what is in it.
release: cargo page ## Make dist/outrider-VERSION-TARGET.tar.gz: program, docs, licences, bill of materials
	.ci/release

sbom: cargo ## Write dist/sbom.cdx.json, what the program is made of (CycloneDX)
	@mkdir -p dist
	.ci/sbom > dist/sbom.cdx.json

openapi: cargo page ## Write openapi/openapi.json anew from the routes
	@mkdir -p openapi
	cargo run --quiet --locked -- openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

client: ## Write the generated part of the Python client anew from openapi/openapi.json (needs Python 3.11)
	.ci/client generate

clienttest: cargo postgres page ## Check the Python client, and test it against the service (needs Python 3.11)
	cargo build --locked
	.ci/client

cargo:
	@command -v cargo >/dev/null || { \
	    echo "Rust's cargo is not here. Install it from https://rustup.rs, that is:" >&2; \
	    echo "    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" >&2; \
	    echo "open a new terminal, and try again." >&2; \
	    exit 1; }
	@command -v cc >/dev/null || { \
	    echo "A C compiler is not here. Install one (Debian, Ubuntu: apt-get install gcc; macOS: xcode-select --install)." >&2; \
	    exit 1; }

postgres:
	@.ci/install-postgres
