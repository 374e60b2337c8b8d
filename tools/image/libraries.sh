#!/bin/bash
# Puts the loader and the libraries that the programs below /program are linked to below /tree, at their own places, and
# the licences of what comes from Debian beside them.
set -euo pipefail
licences=/tree/licenses
mkdir -p "$licences"

find /program -type f -perm /111 | while read -r file; do
  # A script is started by a program that is in the image as well.
  if [ "$(head -c 2 "$file")" = '#!' ]; then continue; fi
  ldd "$file"
done >/needed
if grep 'not found' /needed; then exit 1; fi
grep -oE '/[^ ]+\.so[^ ]*' /needed | sort -u | xargs -I{} cp --parents --dereference {} /tree
ls /tree/lib*/ld-linux-*

cp /usr/share/doc/libc6/copyright "$licences/glibc.txt"
cat /usr/share/doc/gcc-*-base/copyright >"$licences/libgcc.txt"
if [ -e /program/usr/bin/env ]; then cp /usr/share/doc/coreutils/copyright "$licences/coreutils.txt"; fi
find /tree /program -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
