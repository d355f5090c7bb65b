package compiler

import (
	"fmt"
	"go/ast"
	"go/types"
	"hash/fnv"
	"strings"

	"github.com/gopherjs/gopherjs/compiler/internal/typeparams"
)

// translateMethod returns the statement that adds a method to its type. A method for values is made one for pointers too,
// or the other way round, when the program starts.
func (fc *funcContext) translateMethod(fun *ast.FuncDecl) []byte {
	o := fc.instance.Object.(*types.Func)
	set := "$m"
	if _, isPointer := o.Type().(*types.Signature).Recv().Type().(*types.Pointer); isPointer {
		set = "$p"
	}
	body := fc.unimplementedFunction(o)
	if fun.Body != nil {
		var recv *ast.Ident
		if names := fun.Recv.List[0].Names; len(names) != 0 {
			recv = names[0]
		}
		body = mark(fc.instance, fc.translateFunctionBody(fun.Type, recv, fun.Body))
	}
	return []byte(fmt.Sprintf("\t\t%s.%s.%s = %s;\n", fc.instName(fc.instance.Recv()), set, fc.methodName(o), body))
}

// newMethodTypeDecl returns the declaration of the type of a method. It is left out unless an interface asks for a method
// of that name and not all methods of that name have one type.
func (fc *funcContext) newMethodTypeDecl(fun *ast.FuncDecl, inst typeparams.Instance) *Decl {
	fc.typeResolver = typeparams.NewResolver(fc.pkgCtx.typesCtx, inst)
	defer func() { fc.typeResolver = nil }()
	o := fc.pkgCtx.Defs[fun.Name].(*types.Func)
	sig := fc.typeResolver.Substitute(o.Type()).(*types.Signature)
	d := &Decl{FullName: funcDeclFullName(inst) + " type", MethodName: o.Name(), MethodSignature: signature(sig)}
	d.Dce().SetName(o, inst.TNest, inst.TArgs)
	fc.pkgCtx.CollectDCEDeps(d, func() {
		d.MethodListCode = fc.CatchOutput(1, func() {
			fc.Printf("%s.$t.%s = $funcType(%s);", fc.instName(inst.Recv()), fc.methodName(o), fc.initArgs(sig))
		})
	})
	return d
}

// signature returns a hash of a method's type, without the names of parameters.
func signature(sig *types.Signature) string {
	unnamed := func(tuple *types.Tuple) *types.Tuple {
		vars := make([]*types.Var, tuple.Len())
		for i := range vars {
			vars[i] = types.NewVar(0, nil, "", tuple.At(i).Type())
		}
		return types.NewTuple(vars...)
	}
	plain := types.NewSignatureType(nil, nil, nil, unnamed(sig.Params()), unnamed(sig.Results()), sig.Variadic())
	hash := fnv.New64a()
	hash.Write([]byte(types.TypeString(plain, nil)))
	return fmt.Sprintf("%x", hash.Sum64())
}

// interfaceMethod returns what an interface asks for, for [link.resolve] to finish.
func (fc *funcContext) interfaceMethod(method *types.Func, pkgPath string) string {
	if pkgPath != "" {
		fc.pkgCtx.DeclareDCEDep(method, nil, nil)
	}
	sig := fc.typeResolver.Substitute(method.Type()).(*types.Signature)
	return fmt.Sprintf("\x01%s\x02%s\x02%s\x02$funcType(%s)\x03", method.Name(), signature(sig), pkgPath, fc.initArgs(sig))
}

// declareType writes the declaration of a named type.
func (fc *funcContext) declareType(inst typeparams.Instance, size int64, kind, constructor string) {
	if constructor == "null" {
		constructor = ""
	} else {
		constructor = ", " + mark(inst, constructor)
	}
	fc.Printf("%s = $named(%d, %s, %q%s);", fc.instName(inst), size, kind, inst.TypeString(), constructor)
	if isImmutable(inst.Object.Type()) {
		fc.Printf("%s.immutable = true;", fc.instName(inst))
	}
}

// writeConstructor writes the constructor of a struct, which is given all fields.
func (fc *funcContext) writeConstructor(w *strings.Builder, t *types.Struct) {
	parameters := make([]string, t.NumFields())
	for i := range parameters {
		parameters[i] = letters(i)
	}
	fmt.Fprintf(w, "function(%s) {\n\t\tthis.$val = this;\n", strings.Join(parameters, ", "))
	for i, p := range parameters {
		fmt.Fprintf(w, "\t\tthis.%s = %s;\n", fieldName(t, i), p)
	}
	w.WriteString("\t}")
}

// letters returns the i-th of a, b, ... z, a1, b1 ...
func letters(i int) string {
	letter := string(rune('a' + i%26))
	if i < 26 {
		return letter
	}
	return fmt.Sprintf("%s%d", letter, i/26)
}

// fieldTypes describes the fields of a struct, whose names are in the constructor.
func (fc *funcContext) fieldTypes(t *types.Struct) string {
	fields := make([]string, t.NumFields())
	for i := range fields {
		field := fc.typeName(fc.fieldType(t, i))
		switch embedded, tag := t.Field(i).Embedded(), t.Tag(i); {
		case tag != "":
			field = fmt.Sprintf("[%s, %t, %s]", field, embedded, encodeString(tag))
		case embedded:
			field = fmt.Sprintf("[%s, true]", field)
		}
		fields[i] = field
	}
	return strings.Join(fields, ", ")
}
