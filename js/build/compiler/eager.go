package compiler

// eager has the compiler give functions with their names on demand, so that those that run while a page starts can be put
// in parentheses: V8 compiles these at once, on the thread that reads the script, and others when they are called.
var eager = []edit{
	{
		name: "marks of functions", file: "compiler/functions.go",
		anchor: "	body := fc.translateFunctionBody(fun.Type, nil, fun.Body)\n",
		with:   "	body := mark(fc.instance, fc.translateFunctionBody(fun.Type, nil, fun.Body))\n",
	},
	{
		name: "marks of functions, finished", file: "compiler/compiler.go",
		anchor: "w.Write(d.FuncDeclCode)",
		with:   "w.Write(link.functions(d.FuncDeclCode))",
	},
	{
		name: "marks of constructors, finished", file: "compiler/compiler.go",
		anchor: "w.Write(d.TypeDeclCode)",
		with:   "w.Write(link.functions(d.TypeDeclCode))",
	},
	{
		name: "marks of the runtime's functions", file: "compiler/compiler.go",
		anchor: "w.WriteJS(preludeFile.Source,",
		with:   "w.WriteJS(markRuntime(preludeFile.Source),",
	},
}
