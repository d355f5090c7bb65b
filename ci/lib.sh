# shellcheck shell=bash disable=SC2034
# What test.sh and the scripts in this folder share. Bash 3.2 will do (macOS).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
exec </dev/null

# Stamping the commit needs a checkout that git trusts, and nothing here looks at the stamp.
export GOFLAGS="${GOFLAGS:+$GOFLAGS }-buildvcs=false"

gopherjs_version=v1.21.0
gopherjs_go=go1.21.13

tools=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/latchkey-tools
mkdir -p "$tools"
goos=$(go env GOOS)
exe=$(go env GOEXE)

# test.sh sets LATCHKEY_RUN so that the scripts add to one result; a script run by itself makes its own.
whole=${LATCHKEY_RUN:-}
if [ -z "$whole" ]; then
	LATCHKEY_RUN=$(mktemp -d)
	export LATCHKEY_RUN
	trap 'rm -rf "$LATCHKEY_RUN"' EXIT
fi
run=$LATCHKEY_RUN

# step NAME COMMAND... runs a command, prints one line with its seconds, and its output only if it failed.
# A step counts as one result, or as many as testlog counted in it.
step() {
	local name=$1 started=$SECONDS status=0 passed failed verdict=ok
	shift
	rm -f "$run/count"
	set +e # not "|| status=$?", which would switch off set -e inside the command
	(
		set -e
		TESTLOG_COUNT=$run/count "$@"
	) >"$run/log" 2>&1
	status=$?
	set -e
	touch "$run/count"
	passed=$(awk '{ n += $1 } END { print n + 0 }' "$run/count")
	failed=$(awk '{ n += $2 } END { print n + 0 }' "$run/count")
	if [ "$status" -ne 0 ]; then
		verdict=FAIL
		if [ "$failed" -eq 0 ]; then failed=1; fi
	elif [ "$passed" -eq 0 ]; then
		passed=1
	fi
	printf '%s %s\n' "$passed" "$failed" >>"$run/total"
	printf '%-4s %4ds  %s\n' "$verdict" "$((SECONDS - started))" "$name"
	if [ "$status" -ne 0 ]; then sed 's/^/      /' "$run/log"; fi
}

# total COLUMN adds up the results of all steps so far: column 1 passed, 2 failed.
total() {
	touch "$run/total"
	awk -v column="$1" '{ n += $column } END { print n + 0 }' "$run/total"
}

# finish prints the result of all steps and returns it. Within test.sh only test.sh prints it.
finish() {
	if [ -z "$whole" ]; then printf '%d passed, %d failed\n' "$(total 1)" "$(total 2)"; fi
	[ "$(total 2)" -eq 0 ]
}

# modules lists the folders of all modules that have Go files.
modules() {
	local file dir
	find . \( -name node_modules -o -name testdata -o -name '.?*' \) -prune -o -name go.mod -print | sort |
		while read -r file; do
			dir=$(dirname "$file")
			if [ -n "$(find "$dir" -name '*.go' | head -n 1)" ]; then echo "$dir"; fi
		done
}

# module_env prepares a subshell for work in a module: tools is no part of the workspace.
module_env() {
	if [ "$1" = ./tools ]; then export GOWORK=off; fi
}

# in_module DIR COMMAND... runs a command in a module's folder.
in_module() {
	local dir=$1
	shift
	(cd "$dir" && module_env "$dir" && "$@")
}

# each_module COMMAND... runs a command in every module, whether or not it failed in another one.
each_module() {
	local dir status=0
	for dir in $(modules); do
		in_module "$dir" "$@" || {
			echo "failed in $dir: $*"
			status=1
		}
	done
	return $status
}

# closure lists the packages of the browser closure.
closure() {
	# shellcheck disable=SC2046 # one word a package
	GOOS=js GOARCH=wasm go list -deps -f '{{with .Module}}{{if .Main}}{{$.ImportPath}}{{end}}{{end}}' \
		$(grep '^\.' ci/closure.txt)
}

# on_closure COMMAND... runs a command with these packages as its last arguments.
on_closure() {
	local packages
	packages=$(closure)
	# shellcheck disable=SC2086 # one word a package
	"$@" $packages
}
