# JSON and JSONB: input, output, operators, comparison.

create table j (id int primary key, j json, b jsonb);
%for i ; v = 1 ; {"a": 1, "b": [1, 2, {"c": null}], "d": {"e": "x"}} | 2 ; [1, "two", null, true, {"k": "v"}, [3]] | 3 ; "text" | 4 ; 12.50 | 5 ; true | 6 ; null | 7 ; {} | 8 ; [] | 9 ; {"a": "1", "b": {"a": 2}, "é": "ü", "n": null} | 10 ; {"a": [{"x": 1}, {"x": 2, "y": [5, 6]}], "list": ["p", "q"]}
insert into j values ({i}, '{v}', '{v}');
insert into j values (11, null, null);

select id, j from j order by id;
select id, b from j order by id;

%for c = j | b
%for e = -> 'a' | -> 'b' | -> 'nope' | -> 0 | -> 1 | -> -1 | -> 99 | ->> 'a' | ->> 'b' | ->> 0 | ->> 1 | ->> -1 | ->> 2 | -> 'a' -> 0 | -> 'b' ->> 1 | -> 'd' -> 'e' | #> '{a}' | #> '{b,2,c}' | #> '{a,0,x}' | #> '{}' | #> '{0}' | #>> '{b,0}' | #>> '{d,e}' | #>> '{a,1,y,-1}' | #>> '{nope,x}' | #>> '{}' | #> array['d', 'e'] | -> null | ->> ('a' || '') | -> 'é' | ->> 'n' is null | -> 'n' is null
select id, {c} {e} from j order by id;

%for e = ? 'a' | ? 'two' | ? 'text' | ?| array['a', 'k'] | ?| array['zz', 'q'] | ?& array['a', 'b'] | ?& array[]::text[] | @> '{"a": 1}' | @> '[1]' | @> '{}' | @> '[]' | @> '"text"' | @> '{"b": [2, 1]}' | @> '{"d": {}}' | @> '12.5' | @> '[[3]]' | @> 'null' | <@ '{"a": 1, "b": [1, 2, {"c": null}], "d": {"e": "x"}, "z": 0}' | <@ '[1, "two", null, true, {"k": "v", "l": 1}, [3], 7]' | - 'a' | - 'nope' | - 0 | - -1 | - array['a', 'b'] | #- '{a}' | #- '{b,0}' | #- '{d,e}' | @? '$.a' | @? '$[*] ? (@ == 1)' | @@ '$.a == 1' | = '{}' | = '12.5' | < '[]' | > 'null' | <> '"text"' | is null
select id, b {e} from j order by id;

%for e = b || '{"z": 9, "a": 0}' | b || '[7]' | b || '1' | '[0]'::jsonb || b | b || b | b || null | b::text | j::text | j::jsonb | b::json | jsonb_typeof(b) | json_typeof(j) | b = j::jsonb | b is distinct from '{}' | coalesce(b, '{}') | b -> 'a' = '1' | (b -> 'a')::text | (b ->> 'a')::numeric + 1 | length(b::text)
select id, {e} from j where id not in (2, 10) order by id;

select id from j order by b, id;
select id from j order by b desc nulls last, id;
select max(b::text), count(distinct b) from j;
select b, count(*) from j group by b order by b;
select a.id, b.id from j a join j b on a.b = b.b and a.id < b.id order by 1, 2;
select distinct b -> 'a' as x from j order by x;

%for op = = | < | >
%for l ; r = 1 ; 1.0 | 1 ; 2 | "a" ; "b" | "a" ; 1 | null ; false | false ; true | [] ; {} | [1, 2] ; [3] | [1, 2] ; [1, 3] | {"a": 1} ; {"a": 2} | {"a": 1} ; {"b": 1} | {"a": 1, "b": 2} ; {"c": 3} | {"b": 1, "a": 2} ; {"a": 2, "b": 1} | [] ; null | true ; "true" | [[]] ; [{}] | {"aa": 1} ; {"b": 1} | 10 ; 9 | 1e2 ; 100 | "" ; null
select '{l}'::jsonb {op} '{r}'::jsonb;

%for t = json | jsonb
%for v = '{"b":1,"a":2}' | '{"a":1,"a":2}' | ' { "a" : [ 1 , 2 ] } ' | '1' | '1.50' | '1e5' | '-0' | '1E400' | '0.1e1' | '12345678901234567890.123456789' | '"a\u0041\n"' | '"\ud83d\ude00"' | '"\ud83d"' | '"\u0000"' | '"\/"' | 'true' | 'TRUE' | 'nul' | '' | ' ' | '{' | '[1,]' | '{"a":}' | '{a:1}' | '[1 2]' | '01' | '1.' | '.5' | '+1' | '"a' | '''a''' | 'NaN' | '[1] 2' | '{"a":1}{"b":2}' | '"tab	x"' | '[]' | '{"":0}' | '{"longer":1,"b":2,"aa":3}' | '[[[[1]]]]' | '"\x41"' | '{"a":{"d":1,"c":{"z":0,"y":[]}}}' | 'null' | '1e-7' | '100.00' | '{"é":1}'
select {v}::{t};

select '{"a":1}'::json = '{"a":1}'::json;
select '{"a":1}'::json::jsonb = '{"a":1}';
select '{"a": 1}'::jsonb -> 'a' -> 'b';
select '{"a": 1}'::jsonb -> 1.5;
select '{"a": 1}'::text -> 'a';
select '{"a": 1}' -> 'a';
select '[1,2]'::jsonb -> '0', '[1,2]'::jsonb ->> '0';
select '{"0": "x"}'::jsonb -> 0, '{"0": "x"}'::jsonb -> '0';
select '[1,2,3]'::jsonb - 1, '{"a":1}'::jsonb - 'a';
select '[1,2,"a"]'::jsonb - 'a';
select '1'::jsonb - 'a';
select '1'::jsonb - 1;
select '{"a":1}'::jsonb - 1;
select '[1,[2,3]]'::jsonb #- '{1,0}', '{"a":{"b":1,"c":2}}'::jsonb #- '{a,b}', '1'::jsonb #- '{}';
select '[1,2]'::jsonb #- '{a}';
select '[1]'::jsonb || '2', '1'::jsonb || '2', '{"a":1}'::jsonb || '[2]', '[1]'::jsonb || '{"a":1}';
select '{"a":1}'::jsonb || '2';
select '{"a":{"b":1}}'::jsonb || '{"a":{"c":2}}';
select '5'::jsonb::int, '5.7'::jsonb::int, '"5"'::jsonb::text, 'true'::jsonb::boolean, '1.5'::jsonb::numeric, '1e3'::jsonb::float8;
select '"5"'::jsonb::int;
select 'null'::jsonb::int;
select '[1]'::jsonb::boolean;
select '99999999999'::jsonb::int;
select 1::jsonb;
select '1'::int::text::jsonb;
select true::json;
select null::jsonb -> 'a', '{"a":null}'::jsonb -> 'a' is null, '{"a":null}'::jsonb ->> 'a' is null;
select '{"a":[1,2,3]}'::jsonb -> 'a' -> -1, '{"a":[1,2,3]}'::jsonb #>> '{a,-2}';
select jsonb '{"a":1}', json '[1]';
select '{"a":1}'::jsonb @> '{"a":1}'::json;
select '["a","b"]'::jsonb ? 'a', '"a"'::jsonb ? 'a', '[1]'::jsonb ? '1', '{"a":{"b":1}}'::jsonb ? 'b';
select '{"a":1}'::json ? 'a';
select '{"a":1}'::json @> '{}';
select '{"a":[1,2]}'::jsonb @> '{"a":[1,1]}', '[1,2]'::jsonb @> '1', '1'::jsonb @> '[1]', '[[1,2]]'::jsonb @> '[1]', '{"a":{"b":2,"c":3}}'::jsonb @> '{"a":{"b":2}}';
select ('{"a":{"b":[10,20]}}'::jsonb)['a']['b'][1];
select pg_typeof('{}'::json -> 'a'), pg_typeof('{}'::jsonb -> 'a'), pg_typeof('{}'::jsonb ->> 'a'), pg_typeof('{}'::jsonb || '{}'), pg_typeof('{}'::jsonb ? 'a'), pg_typeof('{}'::jsonb #> '{}');
select '{"a": 1}'::jsonb ->> 'a' || 'x';
select '1'::json is null, 'null'::json is null, 'null'::jsonb = 'null';
select '{}'::json::text = '{}';
select '"x"'::jsonb #>> '{}', '"x"'::jsonb::text;
