package compiler

// descriptions make the compiler describe types in few words: what follows from the rest is found out when the program
// starts.
var descriptions = []edit{
	// Methods are written once, for the receiver that they are declared for.
	{
		name: "methods", file: "compiler/functions.go",
		anchor: "// translateMethod translates a named type method.\n", until: "// unimplementedFunction returns",
	},
	{
		name: "declarations of method types, fields", file: "compiler/decls.go",
		anchor: "	Blocking bool\n}\n",
		with: "	Blocking bool\n" +
			"	// The method, and a hash of its signature, if this declares nothing but the type of a method.\n" +
			"	MethodName, MethodSignature string\n" +
			"}\n",
	},
	{
		name: "declarations of method types", file: "compiler/decls.go",
		anchor: "			funcDecls = append(funcDecls, fc.newFuncDecl(fun, inst))\n",
		with: "			funcDecls = append(funcDecls, fc.newFuncDecl(fun, inst))\n" +
			"			if fun.Recv != nil {\n				funcDecls = append(funcDecls, fc.newMethodTypeDecl(fun, inst))\n			}\n",
	},
	{
		name: "no list of methods", file: "compiler/decls.go",
		anchor: "			var methods []string\n			var ptrMethods []string\n", until: "		})\n\n		// Certain types need",
	},
	{
		name: "interfaces", file: "compiler/package.go",
		anchor: "			methods[i] = fmt.Sprintf(`{prop: ", until: "		}\n		return fmt.Sprintf(\"[%s]\"",
		with: "			methods[i] = fc.interfaceMethod(method, pkgPath)\n",
	},
	{
		name: "types", file: "compiler/prelude/types.js",
		anchor: "var $kindBool = 1;\n", until: "var $methodSet = ",
	},
	{
		name: "methods that are missing", file: "compiler/prelude/types.js",
		anchor: "            ok = true;\n            var valueMethodSet", until: "        }\n        if (!ok) {\n            missingMethod",
		with: "            var missing = $missingMethod(value.constructor, type.methods);\n" +
			"            ok = type.implementedBy[valueTypeId] = missing === \"\";\n" +
			"            type.missingMethodFor[valueTypeId] = missing;\n",
	},
	{
		name: "the interface error", file: "compiler/prelude/types.js",
		anchor: "$error.init([", until: "\n",
		with: `$error.init($requests(["Error"]));`,
	},
	{
		name: "anonymous interfaces", file: "compiler/prelude/types.js",
		anchor: "var $interfaceType = methods => {\n",
		with:   "var $interfaceType = requests => {\n    var methods = $requests(requests);\n",
	},
	{
		name: "anonymous interfaces, key", file: "compiler/prelude/types.js",
		anchor: `m.name + "," + m.typ.id`,
		with:   `m.name + "," + (m.typ && m.typ.id)`,
	},
	{
		name: "anonymous interfaces, text", file: "compiler/prelude/types.js",
		anchor: `m.name + m.typ.string.substring(4)`,
		with:   `m.name + (m.typ ? m.typ.string.substring(4) : "()")`,
	},
	{
		name: "methods that nobody calls", file: "compiler/internal/dce/filters.go",
		anchor: "				methodFilter = getMethodFilter(o, tArgs)\n			}\n",
		with: "				methodFilter = getMethodFilter(o, tArgs)\n			} else {\n" +
			"				methodFilter = \".\" + o.Name()\n			}\n",
	},
	{
		name: "methods that nobody calls, always called", file: "compiler/internal/dce/selector.go",
		anchor: "	byFilter map[string][]*declInfo[D]\n",
		with: "	byFilter map[string][]*declInfo[D]\n\n" +
			"	// Called says whether an exported method of that name is called by who is no declaration.\n" +
			"	Called func(name string) bool\n",
	},
	{
		name: "methods that nobody calls, included", file: "compiler/internal/dce/selector.go",
		anchor: "	if dce.methodFilter != `` {\n",
		with:   "	if dce.methodFilter != `` && !s.called(dce.methodFilter) {\n",
	},
	{
		name: "methods that nobody calls, unless called", file: "compiler/internal/dce/selector.go",
		anchor: "		for _, dep := range dce.getDeps() {\n",
		with:   "		for _, dep := range append(dce.getDeps(), calls(d)...) {\n",
	},

	// Structs.
	{
		name: "named types", file: "compiler/decls.go",
		anchor: "			fc.Printf(`%s = $newType(%d, %s, %q,", until: "		})\n\n		// Reflection metadata",
		with: "			fc.declareType(inst, size, typeKind(originType), constructor)\n",
	},
	{
		name: "constructors", file: "compiler/decls.go",
		anchor: "	ctrArgs := make([]string, t.NumFields())\n", until: "	return constructor.String()\n",
		with: "	fc.writeConstructor(constructor, t)\n",
	},
	{
		name: "fields", file: "compiler/decls.go",
		anchor: "				fc.Printf(\"%s.init(%s);\", fc.instName(inst), fc.initArgs(t))\n",
		with: "				if s, ok := t.(*types.Struct); ok {\n" +
			"					fc.Printf(\"$fields(%s, [%s]);\", fc.instName(inst), fc.fieldTypes(s))\n" +
			"					return\n				}\n" +
			"				fc.Printf(\"%s.init(%s);\", fc.instName(inst), fc.initArgs(t))\n",
	},
	{
		name: "zero values of structs by reflection", file: "compiler/natives/src/reflect/reflect.go",
		anchor: `jsType(typ).Get("ptr").New()`,
		with:   `jsType(typ).Call("zero")`,
	},
	{
		name: "zero values of structs by description", file: "compiler/natives/src/internal/abi/utils.go",
		anchor: `typ.JsType().Get("ptr").New().Unsafe()`,
		with:   `typ.JsType().Call("zero").Unsafe()`,
	},
	{
		name: "copies of immutable values, and of new ones", file: "compiler/expressions.go",
		anchor: "	switch desiredType.Underlying().(type) {\n	case *types.Struct, *types.Array:\n		return fc.formatExpr(\"$clone(",
		with: "	if isImmutable(desiredType) || isFresh(expr) {\n		return fc.translateImplicitConversion(expr, desiredType)\n	}\n" +
			"	switch desiredType.Underlying().(type) {\n	case *types.Struct, *types.Array:\n		return fc.formatExpr(\"$clone(",
	},
	{
		name: "assignments of immutable values", file: "compiler/statements.go",
		anchor: "	isReflectValue := false\n",
		with:   "	fc.refuseChange(lhs, false)\n	isReflectValue := isImmutable(lhsType)\n",
	},
	{
		name: "addresses of immutable values", file: "compiler/expressions.go",
		anchor: "			opIsStructOrArray := false\n",
		with:   "			fc.refuseChange(e.X, true)\n			opIsStructOrArray := false\n",
	},
	{
		name: "copies of slices of immutable values", file: "compiler/prelude/prelude.js",
		anchor: "    switch (elem.kind) {\n        case $kindArray:\n        case $kindStruct:\n            if (dst === src && dstOffset",
		with:   "    switch (elem.immutable ? 0 : elem.kind) {\n        case $kindArray:\n        case $kindStruct:\n            if (dst === src && dstOffset",
	},
	{
		name: "zero values in larger slices", file: "compiler/prelude/prelude.js",
		anchor: "const zero = slice.constructor.elem.zero;",
		with:   "const zero = () => slice.constructor.elem.zero();",
	},
	{
		name: "zero values in cleared slices", file: "compiler/prelude/prelude.js",
		anchor: "const zeroFn = slice.constructor.elem.zero;",
		with:   "const zeroFn = () => slice.constructor.elem.zero();",
	},
	{
		name: "copies of structs", file: "compiler/prelude/prelude.js",
		anchor: "    var clone = type.zero();\n",
		with:   "    if (type.kind === $kindStruct) {\n        return $cloneStruct(src, type);\n    }\n    var clone = type.zero();\n",
	},
	{
		name: "structs from JavaScript, wrapped", file: "compiler/prelude/jsmapping.js",
		anchor: "var n = new t.ptr();\n                            n",
		with:   "var n = t.zero();\n                            n",
	},
	{
		name: "structs from JavaScript", file: "compiler/prelude/jsmapping.js",
		anchor: "var n = new t.ptr();\n            for",
		with:   "var n = t.zero();\n            for",
	},
	{
		name: "prelude file", file: "compiler/prelude/prelude.go",
		anchor: "//go:embed goroutines.js\n",
		with: "//go:embed kinds.js\nvar kinds string\n\n//go:embed descriptions.js\nvar descriptions string\n\n" +
			"//go:embed goroutines.js\n",
	},
	{
		name: "prelude file, added", file: "compiler/prelude/prelude.go",
		anchor: "	add(`types.js`, types)\n",
		with:   "	add(`kinds.js`, kinds)\n	add(`descriptions.js`, descriptions)\n	add(`types.js`, types)\n",
	},

	// The program.
	{
		name: "package, head", file: "compiler/compiler.go",
		anchor: `"$packages[\"%s\"] = (function() {\n"`,
		with:   `"$package(\"%s\", (function*() {\n"`,
	},
	{
		name: "package, variables", file: "compiler/compiler.go",
		anchor: `"$pkg = {}", "$init"`,
		with:   `"$pkg = $packages[$path]"`,
	},
	{
		name: "package, second part", file: "compiler/compiler.go",
		anchor: `"\t$pkg.$finishSetup = function() {\n"`,
		with:   `"\tyield;\n"`,
	},
	{
		name: "package, third part", file: "compiler/compiler.go",
		anchor: "	// Write the end of the `$finishSetup` function.\n", until: "	for _, d := range filteredDecls {\n		if _, err := w.Write(d.InitCode)",
		with: "	if _, err := writeF(w, minify, \"\\tyield;\\n\"); err != nil {\n		return err\n	}\n",
	},
	{
		name: "package, end", file: "compiler/compiler.go",
		anchor: "	if _, err := writeF(w, minify, \"\\t\\t/* */ } return; }", until: "	if _, err := writeF(w, false, \"\\n\"); err != nil { // keep",
		with: "	if _, err := writeF(w, minify, \"})());\"); err != nil {\n		return err\n	}\n",
	},
	{
		name: "packages, second part", file: "compiler/compiler.go",
		anchor: `"$callForAllPackages(\"$finishSetup\");\n"`,
		with:   `"$finishPackages();\n"`,
	},
	{
		name: "packages, third part of the runtime", file: "compiler/compiler.go",
		anchor: `"$packages[\"runtime\"].$init();\n"`,
		with:   `"$initRuntime();\n"`,
	},
	{
		name: "packages, third part", file: "compiler/compiler.go",
		anchor: `"$go($mainPkg.$init, []);\n"`,
		with:   `"$go($initPackages, []);\n"`,
	},
	{
		name: "packages are initialised in their order", file: "compiler/decls.go",
		anchor: "		InitCode:   fc.CatchOutput(1, func() { fc.translateStmt(fc.importInitializer(", until: "	}\n	d.Dce().SetAsAlive()\n	return d\n}\n\n// importInitializer",
	},
	{
		name: "packages do not initialise others", file: "compiler/decls.go",
		anchor: "// importInitializer calls", until: "// varDecls translates",
	},
	{
		name: "what is alive", file: "compiler/compiler.go",
		anchor: "	sel := &dce.Selector[*Decl]{}\n",
		with:   "	link := newLink(pkgs)\n	sel := &dce.Selector[*Decl]{Called: link.called}\n",
	},
	{
		name: "types of methods that are asked for", file: "compiler/compiler.go",
		anchor: "			implementsLink := false\n",
		with:   "			if link.leaveOut(d) {\n				continue\n			}\n			implementsLink := false\n",
	},
	{
		name: "link, call", file: "compiler/compiler.go",
		anchor: "WritePkgCode(pkg, dceSelection, gls, minify, w)",
		with:   "WritePkgCode(pkg, dceSelection, gls, minify, w, link)",
	},
	{
		name: "link, parameter", file: "compiler/compiler.go",
		anchor: "minify bool, w *sourcemapx.Filter) error {",
		with:   "minify bool, w *sourcemapx.Filter, link *link) error {",
	},
	{
		name: "link, anonymous types", file: "compiler/compiler.go",
		anchor: "w.Write(d.AnonTypeDeclCode)",
		with:   "w.Write(link.resolve(d.AnonTypeDeclCode))",
	},
	{
		name: "link, named types", file: "compiler/compiler.go",
		anchor: "w.Write(d.TypeInitCode)",
		with:   "w.Write(link.resolve(d.TypeInitCode))",
	},
	{
		name: "link, errors", file: "compiler/compiler.go",
		anchor: `"$synthesizeMethods();\n"`,
		with:   `link.errorType() + "$synthesizeMethods();\n"`,
	},
}
