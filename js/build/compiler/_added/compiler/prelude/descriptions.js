/* The path of the package that is being declared. */
var $path;

/* What an interface asks for: "name" or ["name", type, path of the package if it is not exported]. Types are given for
   the names only that methods of different types have. */
var $requests = requests => requests.map(r => {
    if (r.prop !== undefined) {
        return r;
    }
    var [name, typ, pkg] = Array.isArray(r) ? r : [r];
    return { prop: name, name, pkg: pkg || "", typ: typ || undefined };
});

var $isExported = name => name[0] !== name[0].toLowerCase();
var $nameOf = prop => prop.replace(/\$.*/, ""); /* words that JavaScript reserves have a suffix */

/* Named types. Methods for their values are in $m, methods for pointers to them in $p, types of methods in $t. */
var $namedTypes = [];
var $named = (size, kind, string, constructor) => {
    var typ = $newType(size, kind, string, true, $path, $isExported(string.substring(string.indexOf(".") + 1)), constructor);
    typ.$m = {};
    typ.$p = {};
    typ.$t = {};
    $namedTypes.push(typ);
    return typ;
};

/* The fields of a struct, whose constructor knows their names: type or [type, whether embedded, tag]. */
var $fields = (typ, types) => {
    var props = Object.keys(new typ.ptr());
    typ.init(typ.pkg, types.map((t, i) => {
        var prop = props[i + 1], name = $nameOf(prop);
        var [t, embedded, tag] = Array.isArray(t) ? t : [t];
        return { prop, name, embedded: !!embedded, exported: $isExported(name), typ: t, tag: tag || "" };
    }));
};

/* Makes a struct of a type of the values of its fields. Structs and arrays in them are made anew by deep. */
var $makeStruct = (typ, values, deep) => {
    if (typ.$deep === undefined) {
        typ.$deep = [...typ.fields.keys()].filter(i => [$kindStruct, $kindArray].includes(typ.fields[i].typ.kind));
    }
    for (var j = 0; j < typ.$deep.length; j++) {
        var i = typ.$deep[j];
        values[i] = deep(values[i], typ.fields[i].typ);
    }
    return new typ.ptr(...values);
};
var $zeroOf = (_, typ) => typ.zero();
var $zeroStruct = typ => {
    if (typ.$zeros === undefined) {
        typ.$zeros = typ.fields.map(f => f.typ.zero());
    }
    return $makeStruct(typ, typ.$zeros.slice(), $zeroOf);
};
var $cloneStruct = (src, typ) => {
    if (typ.$props === undefined) {
        typ.$props = typ.fields.map(f => f.prop);
    }
    var props = typ.$props, values = new Array(props.length);
    for (var i = 0; i < props.length; i++) {
        values[i] = src[props[i]];
    }
    return $makeStruct(typ, values, $clone);
};

var $setMethods = typ => {
    var describe = methods => Object.keys(methods).map(prop => {
        var name = $nameOf(prop);
        return { prop, name, pkg: $isExported(name) ? "" : typ.pkg, typ: typ.$t[prop] };
    });
    if (typ.kind === $kindInterface) {
        return;
    }
    var ptr = $ptrType(typ), values = Object.keys(typ.$m);
    Object.assign(ptr.prototype, typ.$p);
    if (typ.kind === $kindStruct) {
        Object.assign(ptr.prototype, typ.$m);
        values.forEach(prop => {
            typ.prototype[prop] = function (...args) { return this.$val[prop](...args); };
        });
    } else {
        Object.assign(typ.prototype, typ.$m);
        values.forEach(prop => {
            ptr.prototype[prop] = function (...args) {
                var v = this.$get();
                return (typ.wrapped ? new typ(v) : v)[prop](...args);
            };
        });
    }
    typ.methods = describe(typ.$m);
    ptr.methods = describe(typ.$p);
};
