package compiler

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
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

// fieldPointer writes a pointer to a field by its name; nil if the field is not x's own. With functions for each field, a
// browser would compile two for each.
func (fc *funcContext) fieldPointer(x, field *ast.SelectorExpr, pointer types.Type) *expression {
	name, ok := strings.CutPrefix(fc.translateExpr(field).String(), "this.$target.")
	if !ok || strings.ContainsAny(name, ".[(") {
		return nil
	}
	if _, ok := fc.typeOf(x.X).Underlying().(*types.Pointer); ok {
		return fc.formatExpr("(%1e === %2s.nil && $throwNilPointerError(), $fieldPtr(%1e, %3s, %4s))", x.X, fc.typeName(fc.typeOf(x.X)), encodeString(name), fc.typeName(pointer))
	}
	return fc.formatExpr("$fieldPtr(%1e, %2s, %3s)", x.X, encodeString(name), fc.typeName(pointer))
}
