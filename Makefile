# Every target installs what it needs and is missing. `make help` lists them.

# The virtual environment of the tests. It is made again when the wanted versions change.
VENV := target/venv
PYTHON ?= python3

.PHONY: help demo test lint bench xep fmt deps venv clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: deps ## two people share a product through a private Prosody; ARGS=--once to not stay up
	cargo build --locked --quiet
	cargo run --locked --quiet --example demo -- $(ARGS)

test: deps venv ## every test, against real servers
	cargo test --locked
	@echo 'test: ok'

lint: ## formatting, clippy and documentation, all without a warning
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items --locked
	@echo 'lint: ok'

bench: deps ## how fast it is, each figure beside its baseline
	benches/run $(ARGS)

xep: deps ## the specifications as HTML, into out/xep
	xep/render.sh out/xep

fmt: ## formats the code
	cargo fmt

deps: ## installs the missing Debian packages; starts nothing
	@.ci/deps

venv: $(VENV)/.complete ## the Python environment of the tests

$(VENV)/.complete: tests/requirements.txt
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

clean: ## removes everything that was built
	cargo clean
	rm -rf target out
