# Every target installs what it needs and is missing. `make help` lists them.

# The virtual environment of the tests. It is made again when the wanted versions change.
VENV := target/venv
PYTHON ?= python3
# What the tests run in a browser, and drive it with.
BROWSER := target/browser
# What makes a book of the documents: only `make docs` installs it.
MDBOOK := target/mdbook
MDBOOK_VERSION := 0.5.4
# What looks at the dependencies: only `make audit` installs it.
DENY := target/cargo-deny
DENY_VERSION := 0.20.2

.PHONY: help demo test flood lint audit bench xep docs fmt deps venv browser clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## two people share a product through a private Prosody; ARGS=--once to not stay up
	@.ci/deps --no-clients
	cargo build --locked --quiet
	cargo run --locked --quiet --example demo -- $(ARGS)

test: deps venv browser ## every test, against real servers and clients
	cargo test --locked
	@echo 'test: ok'

flood: ## a million hostile stanzas, three minutes at the most; alone on the machine, for it measures
	@.ci/deps --no-clients
	cargo test --locked --test it flood:: -- --ignored --nocapture
	@echo 'flood: ok'

lint: ## formatting, clippy and documentation, all without a warning
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	cargo clippy --no-default-features --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items --locked
	@echo 'lint: ok'

audit: $(DENY)/$(DENY_VERSION).complete ## licences, sources, doubles and weaknesses of what it is built on
	$(DENY)/bin/cargo-deny --locked check bans licenses sources
	@if $(DENY)/bin/cargo-deny --locked fetch db; then \
		$(DENY)/bin/cargo-deny --locked check advisories && echo 'audit: ok'; \
	else \
		echo 'audit: not complete: the list of known weaknesses cannot be reached'; \
	fi

$(DENY)/$(DENY_VERSION).complete:
	cargo install cargo-deny --version $(DENY_VERSION) --locked --quiet --root $(DENY)
	touch $@

bench: ## how fast it is, each figure beside its baseline
	@.ci/deps --no-clients
	benches/run $(ARGS)

xep: ## the specifications as HTML, into out/xep
	@.ci/deps --no-clients
	xep/render.sh out/xep

docs: $(MDBOOK)/$(MDBOOK_VERSION).complete ## the documents as a book, into out/book
	docs/render.sh $(CURDIR)/$(MDBOOK)/bin/mdbook out/book

$(MDBOOK)/$(MDBOOK_VERSION).complete:
	cargo install mdbook --version $(MDBOOK_VERSION) --locked --quiet --root $(MDBOOK)
	touch $@

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

browser: $(BROWSER)/.complete ## the npm packages of the tests

# After the first time npm finds all of it in its cache, and needs no network.
$(BROWSER)/.complete: tests/browser/package-lock.json tests/browser/package.json tests/browser/.npmrc
	rm -rf $(BROWSER)
	mkdir -p $(BROWSER)
	cp $^ $(BROWSER)
	cd $(BROWSER) && npm ci --prefer-offline --ignore-scripts --omit=optional --loglevel=error
	touch $@

clean: ## removes everything that was built
	cargo clean
	rm -rf target out
