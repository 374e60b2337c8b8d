#!/bin/bash
# Builds the health probe for TARGETARCH below /tree, and puts the licences of all that it is made of beside it.
#   probe.sh MODULE VERSION
set -euo pipefail
module=$1 version=$2
licences=/tree/licenses/grpc_health_probe
mkdir -p "$licences"

go mod download "$module@$version"
cd "$(go env GOMODCACHE)/$module@$version"
CGO_ENABLED=0 GOOS=linux GOARCH=$TARGETARCH GOTOOLCHAIN=local \
  go build -trimpath -ldflags="-s -w -X main.versionTag=$version" -o /tree/bin/grpc_health_probe .

cp "$(go env GOROOT)/LICENSE" "$licences/go.txt"
go list -deps -f '{{with .Module}}{{.Path}} {{.Dir}}{{end}}' . | sort -u | while read -r path folder; do
  # A module without a licence is an error: the pattern stays as it is, and there is no such file.
  cat "$folder"/LICENSE* >"$licences/${path//\//_}.txt"
  for notice in "$folder"/NOTICE*; do
    [ ! -e "$notice" ] || cat "$notice" >>"$licences/${path//\//_}.txt"
  done
done
find /tree -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
