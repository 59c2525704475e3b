#!/bin/sh
# Builds the documents as a book: docs/render.sh MDBOOK OUTDIR
#
# The pages link to files beside their folder. So the book is built from a copy of all documents and
# whatever they link to, laid out as the repository is.
set -eu

mdbook=${1:?"usage: docs/render.sh MDBOOK OUTDIR"}
out=${2:?"usage: docs/render.sh MDBOOK OUTDIR"}
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

rm -rf "$out"
mkdir -p "$out"
out=$(CDPATH='' cd -- "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/src"
cd "$here"
cp docs/book.toml "$work"
cp -R docs "$work/src"
cp ./*.md LICENSE "$work/src"
for folder in config xep tests/screens src/card/templates; do
    mkdir -p "$work/src/$folder"
    cp -R "$folder/." "$work/src/$folder"
done
for page in benches/README.md fuzz/README.md; do
    mkdir -p "$work/src/$(dirname "$page")"
    cp "$page" "$work/src/$page"
done
# A README is the first page of its folder in the book, and the list of pages stands beside each
# page.
find "$work/src" -name '*.md' -exec sed -i \
    -e 's|\(](\([^):]*/\)\?\)README\.md|\1index.md|g' -e 's|](docs/SUMMARY\.md)|](toc.html)|g' {} +
# The list of pages is read from the top of the book, and its links are from docs/.
sed -e 's|](\.\./|](|; t' -e 's|](|](docs/|' docs/SUMMARY.md >"$work/src/SUMMARY.md"
rm "$work/src/docs/SUMMARY.md"

"$mdbook" build --dest-dir "$out" "$work"
echo "$out/index.html"
