/** Expressions that the interpreter and ours must agree on, over the document below: one or more for each part of the language and each built-in. */
import type { ValueObject } from '../../value.ts';

export const sample: ValueObject = {
  a: { b: [{ c: 1, d: 'x' }, { c: 2, d: 'y' }, { c: 3 }], e: [5], f: null, g: [], s: 'hello world', n: 12.5, t: true, nested: [[1, 2], [3]] },
  list: [3, 1, 2],
  str: ['q', 'a', 'z'],
  o: { k1: 1, k2: 'two', k3: [1, 2] },
  orders: [
    { id: 1, items: [{ p: 'A', q: 2, price: 10 }, { p: 'B', q: 1, price: 5 }] },
    { id: 2, items: { p: 'A', q: 4, price: 7 } },
  ],
};

/** One a line; lines that begin with `//` name what follows. */
export const agreedCases: readonly string[] = `
a.b.c
a.b[0].c
a.b[-1].c
a.b[c>1].d
a.b[c=2]
a.e
a.e[0]
a.e.x
a.g
a.f
a.f.x
a.missing
a.nested
a.nested[0]
a.nested.$
a.nested[0][1]
a.*
o.*
o.*[0]
**.c
**
a.b.*
list[]
a.e[]
a.b[0].c[]
a.b.c[]
a.b[0][]
orders.items.p
orders.items[0].p
(orders.items)[0].p
orders.items[q>1].price
orders[id=2].items.p
orders.(items.p)
orders.{"id": id, "n": $count(items)}
orders{$string(id): $sum(items.price)}
orders.items{p: $sum(q)}
orders.items{p: q}
orders.items.{p: q}
orders^(>id).id
orders.items^(price).p
orders.items^(>p, price).price
orders@$o.items@$i.{"id": $o.id, "p": $i.p}
orders@$o.items[$o.id=1].p
orders#$i.{"i": $i, "id": id}
orders.items#$i[$i<2].p
orders.items.{"p": p, "parent": %.id}
orders.items.%.id
orders.items.p.%.%.id
orders@$o#$i.items.{"i": $i, "o": $o.id}
[1..5]
[1..5][$ > 2]
[1,2,[3,4]]
[list, str]
[a.b.c]
[a.missing, 1]
[]
{}
{"a": 1, "b": missing}
{"a": list.($*2)}
{"a": a.b.c}.a
{"a": a.e}.a
{"x": [1,2,3]}.x[1]
list.($ + 1)
list.[$, $*2]
list[0].[$]
list.[[$]]
[list].$
list.{"v": $}
1 + 2 * 3 - 4 / 2
7 % 3
-7 % 3
7.5 % 2
-list[0]
-a.missing
1 = 1.0
"a" < "b"
1 < "a"
a.missing < 1
true < 1
null = null
a.f = null
[1,2] = [1,2]
{"a":1} = {"a":1}
1 in [1,2]
"x" in "x"
3 in list
a in b
true and a.missing
false or "x"
"" or 0
"a" & 1 & null & true & [1,2] & {"a":1.5}
a.missing & "x"
a.t ? "yes" : "no"
a.missing ? 1
a.missing ? 1 : 2
a.missing ?: "d"
a.s ?: "d"
a.missing ?? "d"
a.f ?? "d"
(1; 2; 3)
($x := 5; $x + 1)
($x := 5; ($x := 6; $x) + $x)
($f := function($a, $b) { $a + $b }; $f(1, 2))
($f := function($a) { function($b) { $a + $b } }; $f(1)(2))
($f := function($n) { $n < 2 ? 1 : $n * $f($n - 1) }; $f(10))
($f := function($n, $acc) { $n = 0 ? $acc : $f($n - 1, $acc + $n) }; $f(1000, 0))
($even := function($n) { $n = 0 ? true : $odd($n-1) }; $odd := function($n) { $n = 0 ? false : $even($n-1) }; $even(10))
($add := function($a, $b) { $a + $b }; $inc := $add(1, ?); $inc(5))
($first := $substring(?, 0, ?); $first("hello", 2))
list ~> $sum()
list ~> $map(function($x) { $x * 2 }) ~> $sum()
($f := $uppercase ~> $trim; $f("  ab  "))
a.s ~> $uppercase ~> $length
a ~> |b|{"c": c * 10}|
a ~> |b|{"z": 1}, "c"|
a ~> |b[c=1]|{"z": 1}, ["c","d"]|
$sum(list)
$sum([])
$sum(missing)
$sum("a")
$sum(5)
$count(list)
$count(missing)
$count(5)
$count([])
$max(list)
$min(list)
$max([])
$average(list)
$average([])
$string(5)
$string(missing)
$string({"a":[1,2,{"b":null}]})
$string({"a":[1,2,{"b":null}]}, true)
$string([1,2], true)
$string([])
$string(list)
$string($sum)
list.$string()
$string(1.5)
$string(true)
$substring("hello", 1)
$substring("hello", 1, 2)
$substring("hello", -3)
$substring("hello", -3, 2)
$substring("hello", -10)
$substring("hello", 3, -1)
$substring("héllo😀x", 5, 1)
$substringBefore("hello", "l")
$substringBefore("hello", "z")
$substringAfter("hello", "l")
$substringAfter("hello", "z")
$lowercase("ABC")
$uppercase("abc")
$uppercase(missing)
$length("héllo😀")
$length(5)
$trim("  a   b \\n c ")
$pad("a", 5)
$pad("a", -5)
$pad("a", 5, "xy")
$pad("a", -5, "xy")
$pad("abc", 2)
$pad("a", 5, "")
$contains("hello", "ell")
$contains("hello", /l+/)
$contains("hello", /z/)
$match("ababab", /a(b)/)
$match("ababab", /a(b)/, 2)
$match("ababab", /z/)
$match("ab", /a/).match
$replace("hello", "l", "L")
$replace("hello", "l", "L", 1)
$replace("hello", /l/, "L")
$replace("john smith", /(\\w+)\\s(\\w+)/, "$2, $1")
$replace("hello", /l/, "$0$0")
$replace("hello", /l/, "$$")
$replace("hello", /(l)(l)/, "$1x$3")
$replace("hello", /l/, function($m) { $uppercase($m.match) })
$replace("265USD", /([0-9]+)USD/, "$$$1")
$replace("hello", "", "x")
$split("a,b,c", ",")
$split("a,b,c", ",", 2)
$split("a1b22c", /[0-9]+/)
$split("a1b22c", /[0-9]+/, 2)
$split("abc", "")
$split("a b c", " ")
$join(str)
$join(str, ",")
$join("x", ",")
$join([], ",")
$join([1], ",")
$number("12.5")
$number("-3")
$number("0x1F")
$number("abc")
$number(true)
$number("007")
$number(null)
$number("")
$abs(-5)
$floor(1.7)
$floor(-1.2)
$ceil(1.2)
$ceil(-1.7)
$round(1.4)
$round(1.234, 2)
$round(1234, -2)
$round(-1.7)
$sqrt(16)
$sqrt(2)
$sqrt(-1)
$power(2, 10)
$power(2, -1)
$power(2, 0.5)
$formatBase(255, 16)
$formatBase(10, 2)
$formatBase(10)
$formatBase(10, 99)
$formatNumber(12345.6, "#,###.00")
$formatNumber(1234.5678, "00.000e0")
$formatNumber(0.14, "01%")
$formatNumber(-6, "#0.0;(#0.0)")
$formatNumber(34.555, "#0.00;(#0.00)")
$formatNumber(12345678, "#,##,##0")
$formatNumber(0, "#")
$formatNumber(0, "#.#")
$formatNumber(0.5, "#.##")
$formatNumber(1234, "0000000")
$formatNumber(-1234, "#,##0.00")
$formatNumber(12, "$#,##0.00 total")
$formatNumber(1234.5, "#.###,00", {"decimal-separator": ",", "grouping-separator": "."})
$formatNumber(3, "٠", {"zero-digit": "٠"})
$formatNumber(1, "abc")
$formatNumber(1, "0.0.0")
$formatNumber(0.0123, "0.0‰")
$formatNumber(123.456789, "0.00,00")
$formatInteger(1234, "#,##0")
$formatInteger(12, "0000")
$formatInteger(27, "A")
$formatInteger(27, "a")
$formatInteger(1999, "I")
$formatInteger(1999, "i")
$formatInteger(1234, "w")
$formatInteger(1234, "W")
$formatInteger(1234, "Ww")
$formatInteger(21, "w;o")
$formatInteger(20, "Ww;o")
$formatInteger(100, "w;o")
$formatInteger(1000000, "w")
$formatInteger(1000001, "w")
$formatInteger(12345678901, "w")
$formatInteger(12, "1;o")
$formatInteger(23, "1;o")
$formatInteger(111, "1;o")
$formatInteger(-5, "0")
$formatInteger(0, "w")
$formatInteger(123456, "#:##0,0")
$formatInteger(12, "٠")
$parseInteger("1,234", "#,##0")
$parseInteger("XIV", "I")
$parseInteger("aa", "a")
$parseInteger("one thousand, two hundred and thirty-four", "w")
$parseInteger("twenty-first", "w;o")
$parseInteger("12th", "1;o")
$boolean("")
$boolean("a")
$boolean([])
$boolean([0])
$boolean([0,1])
$boolean([[]])
$boolean({})
$boolean(missing)
$boolean(null)
$boolean($sum)
$not(true)
$not(missing)
$exists(a.f)
$exists(a.missing)
$map(list, function($v, $i, $a) { $v + $i + $count($a) })
$map([1], function($v) { $v })
$map([], function($v) { $v })
$map(missing, function($v) { $v })
$map(["a","b"], $uppercase)
$map([1.5,2.5], $floor)
$map([{"a":1},{"b":2}], $keys)
$map(5, function($v) { $v })
$map([1,2], function($v) { [$v, $v] })
$map([1,2], function($v) { $v = 1 ? $v })
$filter(list, function($v) { $v > 1 })
$filter(list, function($v) { $v > 10 })
$filter([1,2,3], function($v, $i) { $i = 1 })
$single(list, function($v) { $v = 1 })
$single(list, function($v) { $v > 1 })
$single([1])
$reduce(list, function($a, $b) { $a + $b })
$reduce(list, function($a, $b) { $a + $b }, 10)
$reduce([], function($a, $b) { $a + $b })
$reduce([1], function($a, $b) { $a + $b })
$reduce(list, function($a) { $a })
$reduce(list, function($a, $b, $i, $l) { $a + $b * $i })
$sift(o, function($v, $k) { $k != "k2" })
$sift(o, function($v) { false })
o.$sift(function($v) { $v = 1 })
$keys(o)
$keys({"a":1})
$keys(orders)
$keys(5)
$lookup(o, "k1")
$lookup(orders, "id")
$lookup(o, "zz")
$append([1], 2)
$append(1, 2)
$append(missing, 2)
$append([1], missing)
$append(missing, missing)
$spread(o)
$spread([{"a":1},{"b":2}])
$spread({"a":1})
$spread(5)
$spread([{"a":1}])
$merge([{"a":1},{"b":2},{"a":3}])
$merge({"a":1})
$merge([])
$reverse(list)
$reverse([1])
$reverse(missing)
$each(o, function($v, $k) { $k & ":" & $string($v) })
o.$each(function($v) { $v })
$each({"a":1}, function($v) { $v })
$error("boom")
$assert(true, "x")
$assert(false, "x")
$type(1)
$type("a")
$type(null)
$type([])
$type({})
$type($sum)
$type(missing)
$type(function(){1})
$sort(list)
$sort(str)
$sort(list, function($a, $b) { $a < $b })
$sort([1,"a"])
$sort(orders, function($a,$b){$a.id < $b.id}).id
$sort([3])
$distinct([1,1,2])
$distinct([1,1])
$distinct(orders.items.p)
$distinct([{"a":1},{"a":1},{"a":2}])
$distinct(5)
$distinct([[1],[1],[2]])
$zip([1,2,3],[4,5,6])
$zip([1,2],[3])
$zip([1,2])
$zip(1, 2)
$base64encode("hello")
$base64decode("aGVsbG8=")
$encodeUrlComponent("a b&c")
$encodeUrl("http://x/a b?c=d")
$decodeUrlComponent("a%20b%26c")
$decodeUrl("http://x/a%20b")
$decodeUrl("%")
$clone(o)
$toMillis("2017-11-07T15:07:54.972Z")
$toMillis("2018")
$toMillis("2018-03-04")
$toMillis("2017-11-07T15:07:54+02:00")
$toMillis("2017-11-07T15:07:54+0200")
$toMillis("zzz")
$toMillis("13/09/2024 13:45", "[D01]/[M01]/[Y0001] [H01]:[m01]")
$toMillis("Sep 13, 2024", "[MNn,3-3] [D], [Y]")
$toMillis("20240913", "[Y0001][M01][D01]")
$toMillis("2024-256", "[Y0001]-[d001]")
$toMillis("1:05 pm 2024-01-02", "[h]:[m01] [P] [Y0001]-[M01]-[D01]")
$toMillis("2024-09-13T10:00:00+03:00", "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01][Z]")
$toMillis("nope", "[Y0001]")
$toMillis("Friday, 13th September 2024", "[FNn], [D1o] [MNn] [Y]")
$toMillis("two thousand and twenty-four", "[Yw]")
$fromMillis(1510067557121)
$fromMillis(1510067557121, "[M01]/[D01]/[Y0001] [h#1]:[m01][P]")
$fromMillis(1510067557121, "[H01]:[m01]:[s01] [z]", "-0500")
$fromMillis(1510067557121, "[Y]-[M]-[D] [F] [FNn] [FN,3-3] [MNn] [MN,3-3] [Dwo] [D1o]")
$fromMillis(1510067557121, "[W] [w] [X] [x] [d] [E] [C]")
$fromMillis(1510067557121, "[H]:[m]:[s].[f001] [P] [PN] [Z] [Z0] [Z01] [Z0101] [Z01:01t]", "+0530")
$fromMillis(1510067557121, "[[literal]] [Y0001]", "+0000")
$fromMillis(1230757500000, "[X]-[W01]-[F1] [x] [w]")
$fromMillis(1451606400000, "[X]-[W01]-[F1]")
$fromMillis(1510067557121, "[Y,2-2] [Y01] [Y9,4]")
$fromMillis(1510067557121, "[I]")
$fromMillis(1510067557121, "[YN]")
$fromMillis(1510067557121, "[D")
$$.a.e
$.a.e
a.$
list.$
function($x) { $x }(5)
(function($x) { $x })(5)
function($x, $y)<n-n:n> { $x + $y }(1, 2)
function($x)<n:n> { $x }("a")
($f := function($x)<s-:s> { $uppercase($x) }; a.s.$f())
($f := function($x)<a<n>:n> { $sum($x) }; $f([1,2]))
($f := function($x)<a<n>:n> { $sum($x) }; $f(["a"]))
($f := function($x)<(ns)o?:x> { $x }; $f("a"))
nofunc(1)
a.b.(c + 1)
a.b.(c; d)
a.b[c > 1 and d = "y"].c
a.b[[0,1]].c
a.b[[0..1]].c
a.b[0,1]
list[$ = 1 or $ = 2]
list[$ > 1][0]
(list[$ > 1])[0]
orders.items[0]
orders[0].items[1].price
orders[0].items[-1].p
orders.items[price = $max($$.orders.items.price)].p
a.b[$exists(d)].c
a.b[d].c
a.\`b\`.c
\`a\`.b
a."b"
"a".b
$match("ABab", /ab/i).index
$split("a, b ,c", /\\s*,\\s*/)
orders.items.(price * q)
$sum(orders.items.(price * q))
orders.($sum(items.(price * q)))
orders.{"total": $sum(items.(price*q))}
orders.items.price ~> $max
$map(orders, function($o) { $o.items.p })
$map(orders, function($o) { $count($o.items) })
orders.id.($ * 2)
a.nested.($sum($))
a.nested ~> $map($sum)
{"k": orders.items.p}.k[0]
$count(orders.items.p[])
$count({"k": a.e}.k)
$distinct({"k": orders.items.p}.k)
($x := orders.items.p; $distinct($x))
($x := a.b[0].c[]; $x)
($x := [a.b[0].c]; $x)
{"z": a.b[0].c[]}
{"z": a.b[0].c[]}.z
[a.b[0].c[]]
list[1..2]
list[[1..2]]
o.k3.($ + 1)
o.k3[0]
$reduce([1..5], function($i, $j){$i * $j})
($matrix := [[1,2],[3,4]]; $matrix.$)
($matrix := [[1,2],[3,4]]; $matrix[0])
($matrix := [[1,2],[3,4]]; $matrix[0][1])
$.list[0]
list.$ ~> $sum
orders[items.p = "A"].id
orders["A" in items.p].id
orders[$count(items) > 1].id
a.b^(c).c
a.b^(>c)[0].c
list^($)
list^(>$)
str^($)
[1,"a"]^($)
a.b^(d).c
a.b^(>d).c
orders.items^(>price)[0].p
orders.items^(>price).p[0]
orders[0].items.{"p": p}
orders[0].{"all": items.p}
orders.items{"x": p, "y": $sum(price)}
orders.{id & "": items.p}
orders{id: 1}
list{"a": $}
list{"a": $sum($)}
list{$string($): $}
{"a": 1, "a": 2}
{1: 2}
null.a
true.a
5.a
"str".length
a.s.length
a.s[0]
a.s[1]
a.n[0]
$x
$x.y
$sum.a
a.b.c.d
a.*.c
*.b
**.p
**[p="A"].q
a.**.c
$lookup(a, "b").c
$keys(a)[0]
$keys($$)
$map($keys(o), function($k) { $lookup(o, $k) })
$merge(orders.items.{p: q})
$merge($map(orders, function($o) {{$string($o.id): $o.items.p}}))
list.$string() ~> $join("-")
$join(list.$string(), "-")
$filter(orders, function($o) { $o.id = 2 }).items.p
$sort(orders.items, function($l, $r) { $l.price > $r.price }).p
($a := 1; $b := 2; {"sum": $a + $b})
($a := $b := 3; $a + $b)
$a := 5
($a := 5)[0]
(1)[0]
[1,2,3].($ * 2)
[{"a":1},{"a":2}].a
[[1,2],[3]].$
[1..3].($ > 1 ? $)
[1..0]
[1.5..3]
["a".."b"]
$string([1..3])
$count([1..1000])
list
list.$
(list)[0]
orders.items[p="A"][0].q
orders.items[p="A"].q[0]
orders[-1].id
orders[5].id
orders[1.7].id
orders["1"].id
orders[true].id
orders[false].id
orders[null].id
orders[0][0][0].id
a.b.{"c": c}[0]
a.b.{"c": c}[c > 1]
a.b.[c]
a.b.[c, d]
a.b.[c][0]
[a.b.c][0]
[a.b].c
%.a
a.%
a.b.%.s
orders.items[%.id = 2].p
orders.items.{"p": p, "o": %.%.list}
orders.items^(%.id, price).p
orders.(items@$i.{"x": $i.p, "id": %.id})
orders@$o.items@$i[$i.p = "A"].{"o": $o.id, "q": $i.q}
orders@$o.items@$i{$i.p: $sum($i.q)}
orders#$n.items#$m.{"n": $n, "m": $m}
list#$i[$ > 1].{"i": $i, "v": $}
orders@$o.items^(price)@$i.p
list@$x.list@$y[$x < $y].[$x, $y]
$sum(a.b.c) / $count(a.b)
0.1 + 0.2
1e3 + 1
1.5e2
"\\u0041\\n"
'single'
/* comment */ 1
a . b . c
and
or.x
a.and
"a" ~> $uppercase()
$substring("abc", 1) ~> $uppercase()
($f := function($x){$x}; 5 ~> $f)
5 ~> 6
($sq := function($x){$x*$x}; $inc := function($x){$x+1}; ($sq ~> $inc)(3))
$map([1,2,3], $power(?, 2))
$map([1,2,3], $string)
$map([1,2,3], $substring("abcdef", ?, 1))
$filter([1,2,3], $boolean)
$single([1,2,3], function($v){$v=9})
`
  .split('\n')
  .filter((line) => line !== '');
