#!/bin/sh
# Renders every specification to HTML: xep/render.sh OUTDIR
set -eu

out=${1:?"usage: xep/render.sh OUTDIR"}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

for tool in xmllint xsltproc; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing: install libxml2-utils and xsltproc" >&2
        exit 1
    }
done

mkdir -p "$out"
for source in "$here"/*.xml; do
    page=$out/$(basename "$source" .xml).html
    xmllint --nonet --noout --noent --loaddtd --valid "$source"
    xsltproc --nonet -o "$page" "$here/xep.xsl" "$source"
    echo "$page"
done
