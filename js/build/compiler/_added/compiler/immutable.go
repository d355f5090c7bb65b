package compiler

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/gopherjs/gopherjs/compiler/astutil"
)

// immutable are structs whose values are never changed in place. They are handed on without a copy, as texts are, and an
// assignment puts another value there. Code that would change one in place, or take the address of one, is refused.
var immutable = map[string]bool{
	"syscall/js.Value": true,
	"github.com/latchkey-auth/latchkey/internal/jsonscan.Value": true,
	"github.com/latchkey-auth/latchkey/cache.Partition":         true,
	"github.com/latchkey-auth/latchkey.Claims":                  true,
}

func isImmutable(t types.Type) bool {
	named, ok := t.(*types.Named)
	return ok && named.Obj().Pkg() != nil && immutable[named.Obj().Pkg().Path()+"."+named.Obj().Name()]
}

// isFresh says whether an expression makes a value that nobody else has.
func isFresh(expr ast.Expr) bool {
	_, ok := astutil.RemoveParens(expr).(*ast.CompositeLit)
	return ok
}

// refuseChange reports the assignment to a part of an immutable value, and the address of one.
func (fc *funcContext) refuseChange(expr ast.Expr, address bool) {
	expr = astutil.RemoveParens(expr)
	var changed types.Type
	switch _, dereferenced := expr.(*ast.StarExpr); {
	case isFresh(expr):
		return
	case (address || dereferenced) && isImmutable(fc.typeOf(expr)):
		changed = fc.typeOf(expr)
	default:
		changed = fc.changedBy(expr)
	}
	if changed != nil {
		message := fmt.Sprintf("a value of %v, which is said to be immutable, would be changed in place", changed)
		fc.pkgCtx.errList = append(fc.pkgCtx.errList, types.Error{Fset: fc.pkgCtx.fileSet, Pos: expr.Pos(), Msg: message})
	}
}

// changedBy returns the immutable type of a value that the assignment to an operand would change; nil if there is none.
func (fc *funcContext) changedBy(operand ast.Expr) types.Type {
	switch x := astutil.RemoveParens(operand).(type) {
	case *ast.SelectorExpr:
		sel, ok := fc.selectionOf(x)
		if !ok {
			return nil
		}
		t, throughPointer := sel.Recv(), false
		for _, index := range sel.Index() {
			if pointer, ok := t.Underlying().(*types.Pointer); ok {
				t, throughPointer = pointer.Elem(), true
			}
			if isImmutable(t) {
				return t
			}
			t = fc.fieldType(t.Underlying().(*types.Struct), index)
		}
		if !throughPointer {
			return fc.changedBy(x.X)
		}
	case *ast.IndexExpr:
		if _, ok := fc.typeOf(x.X).Underlying().(*types.Array); ok {
			return fc.changedBy(x.X)
		}
	}
	return nil
}
