package compiler

// generators make a function that may block a generator, where the compiler makes a state machine that can be left and
// entered again. Its control flow stays as it is written, a call that may block is an expression, and local variables
// need not be saved.
var generators = []edit{
	// Which calls are known to return a generator.
	{
		name: "static calls, field", file: "compiler/internal/analysis/info.go",
		anchor: "	Blocking map[ast.Node]bool\n",
		with: "	Blocking map[ast.Node]bool\n" +
			"	// Static are the blocking calls whose callee is known, and is a generator.\n" +
			"	Static map[ast.Node]bool\n" +
			"	// Recovers says whether the function itself calls recover.\n" +
			"	Recovers bool\n",
	},
	{
		name: "static calls, map", file: "compiler/internal/analysis/info.go",
		anchor: "		Blocking:           make(map[ast.Node]bool),\n",
		with: "		Blocking:           make(map[ast.Node]bool),\n" +
			"		Static:             make(map[ast.Node]bool),\n",
	},
	{
		name: "functions without a body", file: "compiler/internal/analysis/info.go",
		anchor: "	InitFuncInfo  *FuncInfo",
		with:   "	bodyless      map[types.Object]bool\n	InitFuncInfo  *FuncInfo",
	},
	{
		name: "functions without a body, found", file: "compiler/internal/analysis/info.go",
		anchor: "			funcInfo.Blocking[n] = true\n",
		with:   "			funcInfo.Blocking[n] = true\n			info.noBody(info.Defs[n.Name])\n",
	},
	{
		name: "static calls of functions", file: "compiler/internal/analysis/info.go",
		anchor: "			if info.IsBlocking(callee) {\n",
		with:   "			if info.IsBlocking(callee) {\n				caller.markStatic(info, callee, callSites)\n",
	},
	{
		name: "static calls of literals", file: "compiler/internal/analysis/info.go",
		anchor: "				caller.markBlocking(callSite)\n				delete(",
		with:   "				caller.markBlocking(callSite)\n				caller.Static[callSite[len(callSite)-1]] = true\n				delete(",
	},
	{
		name: "calls of recover", file: "compiler/internal/analysis/info.go",
		anchor: "	switch o := callee.Object.(type) {\n",
		with:   "	fi.Recovers = fi.Recovers || isRecover(callee.Object)\n	switch o := callee.Object.(type) {\n",
	},
	{
		name: "no flattening", file: "compiler/internal/analysis/info.go",
		anchor: "		fi.Blocking[n] = true\n		fi.Flattened[n] = true\n",
		with:   "		fi.Blocking[n] = true\n",
	},
	{
		name: "no flattened range over a channel", file: "compiler/statements.go",
		anchor: "			fc.Flattened[forStmt] = true\n",
	},
	{
		name: "no flattened main", file: "compiler/decls.go",
		anchor: "		fc.Flattened[ifStmt] = true\n",
	},

	// Functions.
	{
		name: "no boxes for what survives a block", file: "compiler/functions.go",
		anchor: "		if fc.IsBlocking() {\n			fc.pkgCtx.Scopes[body]",
		with:   "		if false {\n			fc.pkgCtx.Scopes[body]",
	},
	{
		name: "no frame of deferred calls yet", file: "compiler/functions.go",
		anchor: "	if fc.HasDefer {\n		fc.localVars = append(", until: "	localVarDefs := ",
	},
	{
		name: "no saved variables", file: "compiler/functions.go",
		anchor: "	if fc.IsBlocking() {\n		localVars := ",
		with:   "	if false {\n		localVars := ",
	},
	{
		name: "frame of deferred calls, flattened part", file: "compiler/functions.go",
		anchor: "	if fc.HasDefer {\n		prefix = prefix + \" var $err", until: "	if len(fc.Flattened) != 0 {\n		prefix = prefix + \" s: ",
	},
	{
		name: "frame of deferred calls", file: "compiler/functions.go",
		anchor: "	if fc.HasDefer {\n		prefix = prefix + \" $deferred = []", until: "	if prefix != \"\" {\n",
		with: "	prefix, suffix = fc.frame(prefix, suffix)\n\n",
	},
	{
		name: "head of a function", file: "compiler/functions.go",
		anchor: `	return fmt.Sprintf("%sfunction %s(%s) {\n%s%s}", fc.funcRef.EncodeHint(), fc.funcRef,`,
		with:   `	return fmt.Sprintf("%s(%s) {\n%s%s}", fc.functionHead(),`,
	},
	{
		name: "return", file: "compiler/statements.go",
		anchor: "		if len(fc.Flattened) == 0 {\n",
		with:   "		if true {\n",
	},
	{
		name: "defer", file: "compiler/statements.go",
		anchor: "		fc.Printf(\"$deferred.push([%s, %s]);\", callable, arglist)\n",
		with:   "		fc.Printf(\"$deferred.push([%s, %s%s]);\", callable, arglist, fc.mayRecover(s.Call))\n",
	},
	{
		name: "recover", file: "compiler/expressions.go",
		anchor: `		return fc.formatExpr("$recover()")` + "\n",
		with:   `		return fc.formatExpr("$recover($p)")` + "\n",
	},

	// Calls.
	{
		name: "blocking call", file: "compiler/expressions.go",
		anchor: "	if fc.Blocking[e] {\n",
		with:   "	if fc.Blocking[e] {\n		return fc.blockingCall(e, fun, args)\n	}\n	if false {\n",
	},
	{
		name: "blocking and", file: "compiler/expressions.go",
		anchor: "		case token.LAND:\n			if fc.Blocking[e.Y] {\n",
		with:   "		case token.LAND:\n			if false {\n",
	},
	{
		name: "blocking or", file: "compiler/expressions.go",
		anchor: "		case token.LOR:\n			if fc.Blocking[e.Y] {\n",
		with:   "		case token.LOR:\n			if false {\n",
	},
	{
		name: "arguments that block", file: "compiler/utils.go",
		anchor: "		preserveOrder = preserveOrder || fc.Blocking[argExprs[i]]\n",
		with:   "		_ = i\n",
	},

	// The runtime.
	{
		name: "exported functions", file: "compiler/prelude/jsmapping.js",
		anchor: "var result = v.apply(passThis ? this : undefined, args);",
		with:   "var result = $sync(() => v.apply(passThis ? this : undefined, args));",
	},
	{
		name: "wrapped structs", file: "compiler/prelude/jsmapping.js",
		anchor: "return makeWrapper(v);",
		with:   "return $sync(() => makeWrapper(v));",
	},
	{
		name: "functions made for JavaScript", file: "compiler/prelude/prelude.js",
		anchor: "var $makeFunc = ", until: "var $unused",
		with: "var $makeFunc = fn => function (...args) { return $externalize($sync(() => fn(this, new ($sliceType($jsObjectPtr))(args))), $emptyInterface); };\n",
	},
	{
		name: "method expressions", file: "compiler/prelude/prelude.js",
		anchor: "var $methodExpr = ", until: "var $subslice = ",
		with: "var $methodExpr = (typ, name) => {\n" +
			"    var method = typ.prototype[name];\n" +
			"    return method.$expr || (method.$expr = (recv, ...args) => method.apply(typ.wrapped ? new typ(recv) : recv, args));\n" +
			"};\n\n" +
			"var $ifaceMethodExprs = {};\n" +
			"var $ifaceMethodExpr = name => $ifaceMethodExprs[\"$\" + name] || ($ifaceMethodExprs[\"$\" + name] = (recv, ...args) => recv[name](...args));\n\n",
	},
}
