package compiler

import (
	"go/ast"
	"go/types"
	"slices"
)

// without returns the names that are not among the others.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}

// comparedWithNil returns the other operand if one of a comparison is the word nil.
func (fc *funcContext) comparedWithNil(e *ast.BinaryExpr) ast.Expr {
	isNil := func(x ast.Expr) bool { return types.Identical(fc.typeOf(x), types.Typ[types.UntypedNil]) }
	switch {
	case isNil(e.Y):
		return e.X
	case isNil(e.X):
		return e.Y
	}
	return nil
}

// element returns the element of what is ranged over, where the loop's condition has checked the index.
func element(t types.Type, array, index string) string {
	if _, ok := t.(*types.Slice); ok {
		return array + ".$array[" + array + ".$offset + " + index + "]"
	}
	return array + "[" + index + "]"
}
