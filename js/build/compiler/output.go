package compiler

// output makes the compiler write less for the same meaning.
var output = []edit{
	{
		name: "parameters are declared already", file: "compiler/functions.go",
		anchor: "	sort.Strings(fc.localVars)\n",
		with:   "	fc.localVars = without(fc.localVars, args)\n	sort.Strings(fc.localVars)\n",
	},
	{
		name: "comparison with a nil interface", file: "compiler/expressions.go",
		anchor: "				return fc.formatExpr(\"$interfaceIsEqual(%s, %s)\",",
		with: "				if x := fc.comparedWithNil(e); x != nil {\n" +
			"					return fc.formatParenExpr(\"%s === $ifaceNil\", fc.translateImplicitConversion(x, t))\n" +
			"				}\n" +
			"				return fc.formatExpr(\"$interfaceIsEqual(%s, %s)\",",
	},
	{
		name: "index check", file: "compiler/utils.go",
		anchor: "	check := \"%2f >= %1e.\" + lengthProp\n", until: "func encodeIdent",
		with: "	check := \"%2f >= %1e.\" + lengthProp\n" +
			"	if !constantIndex {\n" +
			"		check = \"%2f < 0 || \" + check\n" +
			"	}\n" +
			"	return \"(\" + check + ` ? $throwIndex() : ` + pattern + \")\"\n" +
			"}\n\n",
	},
	{
		name: "index check, thrown", file: "compiler/prelude/prelude.js",
		anchor: "var $throwNilPointerError = ",
		with:   "var $throwIndex = () => $throwRuntimeError(\"index out of range\");\nvar $throwNilPointerError = ",
	},
	{
		name: "no index check in a range", file: "compiler/statements.go",
		anchor: "					fc.Printf(\"%s\", fc.translateAssign(s.Value, fc.setType(&ast.IndexExpr{\n", until: "				}\n			}, func() {\n				fc.Printf(\"%s++;\", iVar)",
		with: "					fc.Printf(\"%s\", fc.translateAssign(s.Value, fc.newIdent(element(t, refVar, iVar), elemType), s.Tok == token.DEFINE))\n",
	},
	{
		name: "pointer to a field", file: "compiler/expressions.go",
		anchor: "				fc.pkgCtx.additionalSelections[newSel] = sel\n",
		with: "				fc.pkgCtx.additionalSelections[newSel] = sel\n" +
			"				if pointer := fc.fieldPointer(x, newSel, exprType); pointer != nil {\n" +
			"					return pointer\n" +
			"				}\n",
	},
	{
		name: "pointer to a field, made", file: "compiler/prelude/types.js",
		anchor: "var $indexPtr = ",
		with: "var $fieldPtr = (object, name, type) => object[\"$ptr_\" + name] ??= new type($indexPtrGet, $indexPtrSet, object, name);\n" +
			"var $indexPtr = ",
	},
	{
		name: "no names of the runtime's functions", file: "internal/sourcemapx/filter.go",
		anchor: "		options.KeepNames = true\n",
	},
	{
		name: "language of the runtime", file: "internal/sourcemapx/filter.go",
		anchor: "api.ES2015",
		with:   "api.ES2022",
	},
	{
		// A program that asks for a module of Node.js would be taken for one, and get another function around it, for
		// which V8 would read it twice. Nor is the page given variables of Node.js.
		name: "Node.js", file: "compiler/prelude/prelude.js",
		anchor: "var $global, $module;\n", until: "var $linknames = {}",
		with: "var $global = globalThis, $module;\n" +
			"if ($global.process !== undefined && $global.process.mainModule !== undefined) {\n" +
			"    $global.require = id => $global.process.mainModule.require(id);\n" +
			"    $global.fs = $global.require(\"fs\");\n" +
			"}\n\n",
	},
	{
		name: "the page's own errors", file: "compiler/prelude/prelude.js",
		anchor: "Error.stackTraceLimit = Infinity;\n",
	},
}
