#!/usr/bin/env bash
# Runs everything: ci/setup, ci/fmt, ci/lint and ci/test, each of which runs by itself too.
#
# usage: ./test.sh [--quick | --soak]
#
#   --quick  gofmt, go vet, staticcheck, the tests of the root and of the command without the race detector, the
#            browser closure with 32 bits and as WebAssembly. Left out: the other modules, the race detector, GopherJS,
#            the lint of the js build, module files, loop variables.
#   --soak   everything, 60 s of fuzzing for each target, and the long form of tests that have one (LATCHKEY_SOAK=1)
#
# The last line is "N passed, N failed": tests, and one for each check that is no test. A skipped test counts as failed.
set -euo pipefail
cd "$(dirname "$0")"

case ${1:-} in
'' | --quick | --soak) ;;
*)
	sed -n '/^# usage/,/^set/s/^# \{0,1\}//p' test.sh
	if [ "$1" = --help ]; then exit 0; fi
	exit 2
	;;
esac

# part SCRIPT... runs one of the scripts. One that breaks off without a failed step is a failure too.
part() {
	local before
	before=$(total 2)
	"$@" || [ "$(total 2)" -gt "$before" ] || [ "$before" -gt 0 ] || echo '0 1' >>"$run/total"
}

ci/setup
. ci/lib.sh
part ci/fmt
part ci/lint "$@"
part ci/test "$@"
finish
