/* The kinds of types, as in package reflect. */
var $kindBool = 1;
var $kindInt = 2;
var $kindInt8 = 3;
var $kindInt16 = 4;
var $kindInt32 = 5;
var $kindInt64 = 6;
var $kindUint = 7;
var $kindUint8 = 8;
var $kindUint16 = 9;
var $kindUint32 = 10;
var $kindUint64 = 11;
var $kindUintptr = 12;
var $kindFloat32 = 13;
var $kindFloat64 = 14;
var $kindComplex64 = 15;
var $kindComplex128 = 16;
var $kindArray = 17;
var $kindChan = 18;
var $kindFunc = 19;
var $kindInterface = 20;
var $kindMap = 21;
var $kindPtr = 22;
var $kindSlice = 23;
var $kindString = 24;
var $kindStruct = 25;
var $kindUnsafePointer = 26;

/* What is found out about an object when it is first asked for stays. */
var $keep = (object, name, value) => {
    Object.defineProperty(object, name, { value, writable: true, configurable: true });
    return value;
};

/* Structs and arrays are copied field by field, unless they are never changed. */
var $isCopied = typ => (typ.kind === $kindArray || typ.kind === $kindStruct) && !typ.immutable;

var $identity = x => x;
var $escape = key => String(key).replace(/\\/g, "\\\\").replace(/\$/g, "\\$");
var $idKey = x => {
    if (x.$id === undefined) {
        $idCounter++;
        x.$id = $idCounter;
    }
    return String(x.$id);
};
var $ifaceKeyFor = x => {
    if (x === $ifaceNil) {
        return "nil";
    }
    var c = x.constructor;
    return c.string + "$" + c.keyFor(x.$val);
};
var $pairKey = x => x.$high + "$" + x.$low;
var $complexKey = x => x.$real + "$" + x.$imag;

/* A type is the constructor of the values that interfaces hold, and inherits from its kind: what all types of a kind have
   is made once, and what few types are asked for is made when they are. box makes the constructor. */
var $typeIDCounter = 0;
var $anyKind = {
    __proto__: Function.prototype,
    named: false,
    pkg: "",
    comparable: true,
    methodSetCache: null,
    box: () => function (v) { this.$val = v; },
    keyFor() { $throwRuntimeError("hash of unhashable type " + this.string); },
    get id() { return $keep(this, "id", $typeIDCounter++); },
    get exported() { return this.named && $isExported(this.string.substring(this.string.indexOf(".") + 1)); },
    get $t() { return $keep(this, "$t", {}); },
    get methods() { return $keep(this, "methods", $methodsOf(this, this.$m)); },
    set methods(list) { $keep(this, "methods", list); },
};
var $number = { __proto__: $anyKind, wrapped: true, keyFor: $identity, zero: () => 0 };
var $float = { __proto__: $number, keyFor: x => $floatKey(x) };
var $pair = {
    __proto__: $anyKind,
    size: 8,
    zero() { return this.$zero || (this.$zero = new this(0, 0)); },
};

var $kinds = [];
$kinds[$kindBool] = { __proto__: $number, zero: () => false };
for (var $k = $kindInt; $k <= $kindUintptr; $k++) {
    $kinds[$k] = { __proto__: $number };
}
$kinds[$kindUnsafePointer] = { __proto__: $number, exported: false };
$kinds[$kindFloat32] = { __proto__: $float };
$kinds[$kindFloat64] = { __proto__: $float };
$kinds[$kindString] = { __proto__: $number, size: 8, keyFor: x => "$" + x, zero: () => "" };
$kinds[$kindInt64] = {
    __proto__: $pair,
    keyFor: $pairKey,
    box: () => function (high, low) {
        this.$high = (high + Math.floor(Math.ceil(low) / 4294967296)) >> 0;
        this.$low = low >>> 0;
        this.$val = this;
    },
};
$kinds[$kindUint64] = {
    __proto__: $pair,
    keyFor: $pairKey,
    box: () => function (high, low) {
        this.$high = (high + Math.floor(Math.ceil(low) / 4294967296)) >>> 0;
        this.$low = low >>> 0;
        this.$val = this;
    },
};
$kinds[$kindComplex64] = {
    __proto__: $pair,
    keyFor: $complexKey,
    box: () => function (real, imag) {
        this.$real = $fround(real);
        this.$imag = $fround(imag);
        this.$val = this;
    },
};
$kinds[$kindComplex128] = {
    __proto__: $pair,
    keyFor: $complexKey,
    box: () => function (real, imag) {
        this.$real = real;
        this.$imag = imag;
        this.$val = this;
    },
};
$kinds[$kindArray] = {
    __proto__: $anyKind,
    wrapped: true,
    get comparable() { return this.elem.comparable; },
    get keyFor() {
        return $keep(this, "keyFor", x => Array.prototype.join.call($mapArray(x, e => $escape(this.elem.keyFor(e))), "$"));
    },
    copy(dst, src) {
        if (src.length === undefined) { /* a slice */
            if (src.$length < dst.length) {
                $throwRuntimeError("cannot convert slice with length " + src.$length + " to array or pointer to array with length " + dst.length);
            }
            $copyArray(dst, src.$array, 0, src.$offset, dst.length, this.elem);
        } else {
            $copyArray(dst, src, 0, 0, src.length, this.elem);
        }
    },
    zero() {
        var arrayClass = $nativeArray(this.elem.kind);
        if (arrayClass !== Array) {
            return new arrayClass(this.len);
        }
        var array = new Array(this.len);
        for (var i = 0; i < this.len; i++) {
            array[i] = this.elem.zero();
        }
        return array;
    },
    finish() {
        var typ = this;
        this.ptr = $newType(4, $kindPtr, "*" + this.string, false, "", false, function (array) {
            this.$get = () => array;
            this.$set = function (v) { typ.copy(this, v); };
            this.$val = array;
        });
    },
    init(elem, len) {
        this.elem = elem;
        this.len = len;
        this.ptr.init(this);
    },
};
$kinds[$kindChan] = {
    __proto__: $anyKind,
    size: 4,
    wrapped: true,
    keyFor: $idKey,
    zero: () => $chanNil,
    init(elem, sendOnly, recvOnly) {
        this.elem = elem;
        this.sendOnly = sendOnly;
        this.recvOnly = recvOnly;
    },
};
$kinds[$kindFunc] = {
    __proto__: $anyKind,
    size: 4,
    wrapped: true,
    comparable: false,
    zero: () => $throwNilPointerError,
    init(params, results, variadic) {
        this.params = params;
        this.results = results;
        this.variadic = variadic;
    },
};
$kinds[$kindInterface] = {
    __proto__: $anyKind,
    size: 8,
    keyFor: $ifaceKeyFor,
    box: () => ({ implementedBy: {}, missingMethodFor: {} }),
    zero: () => $ifaceNil,
    init(requests) {
        this.methods = $requests(requests);
        this.methods.forEach(m => {
            $ifaceNil[m.prop] = $throwNilPointerError;
        });
    },
};
$kinds[$kindMap] = {
    __proto__: $anyKind,
    size: 4,
    wrapped: true,
    comparable: false,
    zero: () => false,
    init(key, elem) {
        this.key = key;
        this.elem = elem;
    },
};
$kinds[$kindPtr] = {
    __proto__: $anyKind,
    size: 4,
    keyFor: $idKey,
    box: constructor => constructor || function (getter, setter, target, index) {
        this.$get = getter;
        this.$set = setter;
        this.$target = target;
        if (index !== undefined) this.$index = index;
        this.$val = this;
    },
    get wrapped() { return this.elem.kind === $kindArray; },
    get exported() { return this.elem.exported; },
    get methods() { return $keep(this, "methods", $methodsOf(this.elem, this.elem.$p)); },
    get nil() {
        var nil = new this($throwNilPointerError, $throwNilPointerError);
        if (this.wrapped) {
            Object.defineProperty(nil, "nilCheck", { get: $throwNilPointerError });
        }
        return $keep(this, "nil", nil);
    },
    zero() { return this.nil; },
    init(elem) {
        this.elem = elem;
        if (elem.$p !== undefined) {
            Object.setPrototypeOf(this.prototype, elem.$p);
            $addMethodSynthesizer(() => $forward(this, elem));
        }
    },
};
$kinds[$kindSlice] = {
    __proto__: $anyKind,
    size: 12,
    comparable: false,
    box: () => {
        var typ = function (array) {
            if (array.constructor !== typ.nativeArray) {
                array = new typ.nativeArray(array);
            }
            this.$array = array;
            this.$offset = 0;
            this.$length = array.length;
            this.$capacity = array.length;
            this.$val = this;
        };
        return typ;
    },
    get nativeArray() { return $keep(this, "nativeArray", $nativeArray(this.elem.kind)); },
    get nil() { return $keep(this, "nil", Object.freeze(new this([]))); },
    zero() { return this.nil; },
    init(elem) {
        this.elem = elem;
    },
};
$kinds[$kindStruct] = {
    __proto__: $anyKind,
    size: 0,
    wrapped: true,
    get pkgPath() { return this.pkg; },
    get fields() { return $keep(this, "fields", $fieldsOf(this)); },
    get $props() { return $keep(this, "$props", this.$types ? Object.keys(new this.ptr()).slice(1) : this.fields.map(f => f.prop)); },
    get $fieldTypes() { return $keep(this, "$fieldTypes", this.$types ? this.$types.map($fieldType) : this.fields.map(f => f.typ)); },
    get $deep() { return $keep(this, "$deep", [...this.$fieldTypes.keys()].filter(i => $isCopied(this.$fieldTypes[i]))); },
    get $zeros() { return $keep(this, "$zeros", this.$fieldTypes.map(t => t.zero())); },
    get comparable() { return $keep(this, "comparable", this.$fieldTypes.every(t => t.comparable)); },
    get keyFor() {
        return $keep(this, "keyFor", x => this.$fieldTypes.map((t, i) => $escape(t.keyFor(x.$val[this.$props[i]]))).join("$"));
    },
    copy(dst, src) {
        var props = this.$props;
        for (var i = 0; i < props.length; i++) {
            var typ = this.$fieldTypes[i], prop = props[i];
            if ($isCopied(typ)) {
                typ.copy(dst[prop], src[prop]);
            } else {
                dst[prop] = src[prop];
            }
        }
    },
    zero() { return $makeStruct(this, this.$zeros.slice(), $zeroOf); },
    /* Pointers inherit from $p, it from $m if there is one, and that from what is promoted from embedded fields. */
    get $m() {
        var methods = Object.create($structPointer);
        Object.setPrototypeOf(this.$p, methods);
        $valueTypes.push(this);
        return $keep(this, "$m", methods);
    },
    finish(constructor) {
        this.ptr = Object.setPrototypeOf(constructor, $structPtr);
        constructor.elem = this;
        this.$p = Object.setPrototypeOf(constructor.prototype, $structPointer);
    },
    init(pkgPath, fields) {
        $keep(this, "pkgPath", pkgPath);
        $keep(this, "fields", fields);
        $linkStruct(this, fields.some(f => f.embedded));
    },
};
$kinds.forEach((members, kind) => {
    members.kind = kind;
});

/* Pointers to structs. A nil one has the methods of the type, and whoever asks for a field panics. */
var $structPtr = {
    __proto__: $kinds[$kindPtr],
    wrapped: false,
    get string() { return "*" + this.elem.string; },
    get pkg() { return this.elem.pkg; },
    get nil() {
        var nil = Object.create(this.prototype);
        return $keep(this, "nil", nil.$val = new Proxy(nil, $nilFields));
    },
};
var $structPointer = {
    $get() { return this; },
    $set(v) { this.constructor.elem.copy(this, v); },
};
var $nilFields = {
    get: (target, name) => name in target || typeof name === "symbol" || name[0] === "$" ? target[name] : $throwNilPointerError(),
    set: (target, name, value) => {
        if (name[0] !== "$") {
            $throwNilPointerError();
        }
        target[name] = value;
        return true;
    },
};

var $newType = (size, kind, string, named, pkg, exported, constructor) => {
    var typ = Object.setPrototypeOf($kinds[kind].box(constructor), $kinds[kind]);
    typ.string = string;
    if (named) {
        typ.named = true;
        typ.pkg = pkg;
    }
    if (typ.size !== size) {
        typ.size = size;
    }
    if (typ.finish !== undefined) {
        typ.finish(constructor);
    }
    return typ;
};
