package compiler

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/gopherjs/gopherjs/compiler/astutil"
	"github.com/gopherjs/gopherjs/compiler/internal/typeparams"
)

// functionHead returns what stands before a function's parameters. Its name is for stack traces.
func (fc *funcContext) functionHead() string {
	star, name := "", " "+fc.funcRef.String()
	if fc.IsBlocking() {
		star = "*"
	}
	if fc.pkgCtx.minify {
		name = ""
	}
	return fc.funcRef.EncodeHint() + "function" + star + name
}

// frame puts the frame of deferred calls around a function's body, and makes its panic known to a function that calls
// recover.
func (fc *funcContext) frame(prefix, suffix string) (string, string) {
	if fc.HasDefer {
		run := "$callDeferred($deferred);"
		if fc.IsBlocking() {
			run = "yield* $callDeferredBlocking($deferred);"
		}
		failed, results := "", ""
		if fc.resultNames != nil {
			results = fmt.Sprintf(" return%s;", fc.translateResults(fc.resultNames))
		} else if fc.sig.HasResults() {
			failed = fmt.Sprintf(" return%s;", fc.translateResults(nil))
		}
		prefix = " var $deferred = []; try {" + prefix
		suffix += " } catch(err) { $caught($deferred, err);" + failed + " } finally { " + run + results + " }"
	}
	if fc.Recovers {
		prefix = " var $p = $entered();" + prefix
	}
	return prefix, suffix
}

// blockingCall returns the expression of a call that may block. Of some callees only the call tells whether they return
// a generator or a result.
func (fc *funcContext) blockingCall(e *ast.CallExpr, fun *expression, args []string) *expression {
	call := fmt.Sprintf("%s(%s)", fun, strings.Join(args, ", "))
	if fc.Static[e] || strings.HasSuffix(fun.String(), ".$init") {
		return fc.formatExpr("(yield* %s)", call)
	}
	return fc.formatExpr("(yield* $wait(%s))", call)
}

// mayRecover returns the mark of a deferred call whose callee itself may call recover.
func (fc *funcContext) mayRecover(call *ast.CallExpr) string {
	const yes, no = ", 1", ""
	var inst typeparams.Instance
	switch f := astutil.RemoveParens(call.Fun).(type) {
	case *ast.FuncLit:
		if fc.pkgCtx.FuncLitInfo(f, fc.TypeArgs()).Recovers {
			return yes
		}
		return no
	case *ast.Ident:
		inst = fc.instanceOf(f)
	case *ast.SelectorExpr:
		sel, isSelection := fc.selectionOf(f)
		if !isSelection {
			inst = fc.instanceOf(f.Sel)
			break
		}
		// The methods of instances of generic types are not looked up.
		inst = typeparams.Instance{Object: sel.Obj()}
	default:
		return yes
	}
	switch o := inst.Object.(type) {
	case *types.Builtin:
		return no
	case *types.Func:
		recv := o.Type().(*types.Signature).Recv()
		if o.Pkg() != nil && (recv == nil || !types.IsInterface(recv.Type())) && !fc.pkgCtx.Recovers(inst) {
			return no
		}
	}
	return yes
}
