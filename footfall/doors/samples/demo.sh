#!/bin/sh
# What `make demo` shows: a shop's events become profiles, sessions and pages. Needs FOOTFALL, FOOTFALL_DATABASE, SAMPLE.
set -eu
show() {
    printf '\n$ footfall'
    for word; do
        case $word in
            *[\ {!]*) printf " '%s'" "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    $FOOTFALL "$@"
}

file=${FOOTFALL_DATABASE#sqlite:///}
rm -f "$file"* "${file%.db}.views.db"*
show define cart.add --label 'Put {{quantity}} x {{name}} into the cart' \
    --param sku:string! --param name:string --param quantity:integer! --param price:number --access anonymous
show ingest "$SAMPLE"
show stats
customer=$($FOOTFALL profiles --limit 1 --json | sed -n 's/.*"uuid": "\(.*\)".*/\1/p')
show profile "$customer"
show timeline "$customer" --limit 12
show sessions "$customer"
show sessions --summary
show pages --limit 8 --customers
show what-if --timeout 5m
show verify
