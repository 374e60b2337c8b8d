#!/usr/bin/env bash
# Makes the agent's certificates without cert-manager, and prints them as two secrets:
#
#   deploy/agent/certificates/create.sh | kubectl apply -f -
#   deploy/agent/certificates/create.sh --folder /etc/kubetail-tls   # as files, for an agent that runs by hand
#
# cluster-agent-tls is the agent's, cluster-agent-client-tls that of the client that it believes. The authority's key is
# thrown away: run it again, before the year is over, for new ones of both. The agent takes them without a restart.
# Without --folder nothing is kept on this machine.
set -euo pipefail

namespace=cluster-agent
service=cluster-agent
client=kubetail-cluster-api
days=365
to=

usage() {
  cat <<TEXT
Usage: create.sh [--namespace NAME] [--service NAME] [--client COMMON_NAME] [--days NUMBER] [--folder FOLDER]

Prints two secrets of that namespace. [defaults: $namespace, $service, $client, $days]
With --folder it prints none, and writes ca.crt, tls.crt, tls.key, client.crt and client.key there.
TEXT
}

fail() {
  echo "create.sh: $*" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case "$1" in
    --help | -h)
      usage
      exit 0
      ;;
    --namespace | --service | --client | --days)
      [ $# -ge 2 ] || fail "$1 needs a value"
      [[ "$2" =~ ^[A-Za-z0-9.-]+$ ]] || fail "Cannot use $1 \"$2\": letters, digits, dots and hyphens only"
      printf -v "${1#--}" '%s' "$2"
      shift 2
      ;;
    --folder)
      [ $# -ge 2 ] || fail "$1 needs a value"
      [ -d "$2" ] || fail "Cannot use --folder \"$2\": it is no folder"
      to=$2
      shift 2
      ;;
    *) fail "Cannot take \"$1\"; see --help" ;;
  esac
done
[[ "$days" =~ ^[1-9][0-9]*$ ]] || fail "Cannot use --days \"$days\": expected a number of days"
command -v openssl >/dev/null || fail "openssl is missing"

umask 077
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# openssl reads no other settings than these, whatever the machine has.
cat >"$folder/openssl.cnf" <<TEXT
[req]
distinguished_name = name
prompt = no
[name]
CN = $service-ca
[authority]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:$service, DNS:$service.$namespace, DNS:$service.$namespace.svc, DNS:$service.$namespace.svc.cluster.local
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = DNS:$client
authorityKeyIdentifier = keyid
TEXT
export OPENSSL_CONF="$folder/openssl.cnf"

# What openssl says is shown only where it fails.
run() {
  openssl "$@" >"$folder/said" 2>&1 || {
    cat "$folder/said" >&2
    fail "Cannot make certificates: openssl $1 has failed"
  }
}

key() {
  run genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$folder/$1.key"
}

key ca
run req -x509 -new -key "$folder/ca.key" -days "$days" -extensions authority -out "$folder/ca.crt"

# Signs a certificate of a kind for a common name.
leaf() {
  key "$1"
  run req -new -key "$folder/$1.key" -subj "/CN=$2" -out "$folder/$1.csr"
  run x509 -req -in "$folder/$1.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -days "$days" \
    -set_serial "0x$(openssl rand -hex 16)" -extfile "$folder/openssl.cnf" -extensions "$1" -out "$folder/$1.crt"
}

encoded() {
  openssl base64 -A -in "$1"
}

secret() {
  cat <<TEXT
---
apiVersion: v1
kind: Secret
metadata:
  name: $1
  namespace: $namespace
  labels:
    app.kubernetes.io/name: cluster-agent
    app.kubernetes.io/component: cluster-agent
type: kubernetes.io/tls
data:
  ca.crt: $(encoded "$folder/ca.crt")
  tls.crt: $(encoded "$folder/$2.crt")
  tls.key: $(encoded "$folder/$2.key")
TEXT
}

leaf server "$service"
leaf client "$client"
if [ -n "$to" ]; then
  cp "$folder"/{ca,client}.crt "$folder/client.key" "$to/"
  cp "$folder/server.crt" "$to/tls.crt"
  cp "$folder/server.key" "$to/tls.key"
  exit 0
fi
secret "$service-tls" server
secret "$service-client-tls" client
