# Functions of JSON, SQL/JSON paths, JSON in FROM.

create table t (id int primary key, name text, n numeric(6,2), ok boolean, d date, j jsonb);
insert into t values (1, 'Ann', 1.50, true, '2024-01-02', '{"tags": ["x", "y"], "n": 1}'), (2, null, null, null, null, null), (3, 'Bob "B"', -3, false, '1999-12-31', '[1, {"a": 2}]');

%for f = to_json | to_jsonb
%for v = 1 | 1.50 | 'a'::text | 'q"uo\te'::text | true | null::int | null::text | date '2024-01-02' | '{"a":1}'::json | '{"b": 2}'::jsonb | 1.5::float8 | array[1, 2] | array['a', null] | 1e20::float8 | 'NaN'::float8 | time '10:00' | interval '1 day' | uuid '00000000-0000-0000-0000-00000000000a' | 'é'::text | '\x01'::bytea | 12345678901234567890 | row(1, 'a')
select {f}({v});

%for f = json_build_object | jsonb_build_object
%for a = | 'a', 1 | 'a', null | 'a', 1, 'b', 'x' | 'b', 1, 'a', 2 | 'a', 1, 'a', 2 | 1, 2 | 'a' | null, 1 | true, false | 'a', '{"x": 1}'::jsonb | 'a', array[1, 2] | 'd', date '2024-01-02' | 'n', 1.50 | 'a', 'b', 'c' | 'f', 0.1::float8
select {f}({a});

%for f = json_build_array | jsonb_build_array
%for a = | 1, 'a', null, true | 1.50 | '[1]'::json | date '2024-01-02', '"'::text | null | array['x'], '{}'::jsonb
select {f}({a});

%for f = json_object | jsonb_object
%for a = '{a,1,b,2}' | '{a,b}', '{1,2}' | '{}' | '{a}' | '{{a,1},{b,null}}' | '{a,b}', '{1}' | array['k', 'v']
select {f}({a});

%for f = json | jsonb
%for e = array_length('[1,[2],3]') | array_length('[]') | array_length('{}') | array_length('1') | typeof('{}') | typeof('1') | typeof('null') | typeof('"a"') | typeof('[]') | typeof('true') | typeof(null) | strip_nulls('{"a":null,"b":[null,{"c":null}]}') | strip_nulls('null') | extract_path('{"a":{"b":[1,2]}}', 'a', 'b', '1') | extract_path_text('{"a":{"b":"x"}}', 'a', 'b') | extract_path('{"a":1}', 'b') | extract_path('{"a":1}') | extract_path_text('[1,null]', '1')
select {f}_{e};

%for e = jsonb_set('{"a":1}', '{a}', '2') | jsonb_set('{"a":1}', '{b}', '2') | jsonb_set('{"a":1}', '{b}', '2', false) | jsonb_set('{"a":{"b":1}}', '{a,b}', '"x"') | jsonb_set('{"a":{}}', '{a,b,c}', '1') | jsonb_set('[1,2,3]', '{1}', '9') | jsonb_set('[1,2,3]', '{-1}', '9') | jsonb_set('[1]', '{5}', '9') | jsonb_set('[1]', '{-5}', '9') | jsonb_set('{}', '{}', '1') | jsonb_set(null, '{a}', '1') | jsonb_set('{"a":1}', '{a}', null) | jsonb_set('1', '{a}', '2') | jsonb_set('[1]', '{x}', '2') | jsonb_set_lax('{"a":1}', '{a}', null) | jsonb_set_lax('{"a":1}', '{a}', null, true, 'delete_key') | jsonb_set_lax('{"a":1}', '{a}', null, true, 'return_target') | jsonb_set_lax('{"a":1}', '{a}', null, true, 'raise_exception') | jsonb_insert('{"a":[1,2]}', '{a,1}', '9') | jsonb_insert('{"a":[1,2]}', '{a,1}', '9', true) | jsonb_insert('{"a":1}', '{b}', '2') | jsonb_insert('{"a":1}', '{a}', '2') | jsonb_insert('[1,2]', '{-1}', '9') | jsonb_pretty('{"a":[1,{"b":2}],"c":{}}') | jsonb_pretty('[]') | jsonb_pretty('1') | row_to_json(row(1, 'a', null)) | row_to_json(row(1.5, true)) | array_to_json(array[1, 2, 3]) | array_to_json(array[]::int[]) | jsonb_concat('{"a":1}', '{"b":2}') | jsonb_contains('{"a":1}', '{}') | jsonb_exists('{"a":1}', 'a') | to_jsonb(null::jsonb) | jsonb_typeof(to_jsonb(1)) | jsonb_array_length(jsonb_build_array(1, 2)) | json_build_object('a', json_build_array(1, json_build_object('b', null)))
select {e};

%for p = $ | $.a | $.a.b | $.a[*] | $.a[0] | $.a[last] | $.a[0 to 1] | $.a[*].x | $.* | $.** | $.**{1} | $[*] | strict $.nope | lax $.nope | $.a[*] ? (@ > 1) | $.a[*] ? (@.x == 1) | $.s ? (@ like_regex "^a") | $.s ? (@ starts with "ab") | $.a.size() | $.s.type() | $.n.abs() | $.n + 1 | -$.n | $.n * 2 - 1 | $.n / 0 | $.n % 2 | $.a[*] ? (exists (@.x)) | $.n.floor() | $.n.ceiling() | $.n.double() | $.a[*].type() | $.keyvalue() | $.n == -2.5 | $.s == "abc" | $.a[*] ? (@ > 1 && @ < 3) | $.a[*] ? (@ == 1 || @ == 3) | $.a[*] ? (!(@ == 1)) | $.z ? (@ == null) | $ ? (@.n < 0).s | $.a[*] ? (@ > $v) | "x" | 1 | true | $.a[-1] | $."s" | $.a[1, 0] | $.s.nope() | $.a[*] ? (@ is unknown) | ($.n + 1).abs() | $.a[*] ? ((@ > 0) is unknown)
%for d = '{"a": [1, 2, {"x": 1}], "s": "abc", "n": -2.5, "z": null}'
%for f = jsonb_path_query_array | jsonb_path_query_first | jsonb_path_exists
select {f}({d}, '{p}');

%for p = $.a == 1 | $.a > 0 | $.a | exists($.a) | $.a == "x" | $.b == 1 | strict $.b == 1
select jsonb_path_match('{"a": 1}', '{p}');

%for p = $. | $[ | $.a ? | @ | $.a ? (@ >) | $.a ? (@ like_regex "(") | $ $ | a.b | $.a[x]
select jsonb_path_query_array('{"a": 1}', '{p}');

select * from json_array_elements('[1,"a",null,{"b":2}]') x;
select * from jsonb_array_elements('[1,"a",null,{"b":2}]') x;
select * from json_array_elements_text('[1,"a",null,{"b":2}]') x;
select * from jsonb_array_elements_text('[1,"a",null,{"b":2}]') x;
select * from jsonb_array_elements('[]') x;
select * from jsonb_array_elements('{}') x;
select * from jsonb_array_elements('1') x;
select * from jsonb_array_elements(null) x;
select * from json_each('{"a":1,"b":"x","c":null}');
select * from jsonb_each('{"b":1,"a":[2]}');
select * from json_each_text('{"a":1,"b":"x","c":null}');
select * from jsonb_each_text('{"a":1,"b":"x","c":null}');
select * from jsonb_each('[1]');
select * from json_object_keys('{"b":1,"a":2}') k;
select * from jsonb_object_keys('{"b":1,"a":2}') k;
select * from jsonb_object_keys('[]') k;
select x from jsonb_path_query('{"a":[1,2,3]}', '$.a[*] ? (@ > 1)') x;
select k, v from jsonb_each('{"a":1}') as e (k, v);
select e.value, o from jsonb_array_elements('["x","y"]') with ordinality as e (value, o);
select t.id, e.value from t, jsonb_array_elements(t.j) e where t.id = 3 order by 2;
select t.id, e from t cross join lateral jsonb_array_elements_text(t.j -> 'tags') e order by 1, 2;
select t.id, e.key from t left join lateral jsonb_each(case when jsonb_typeof(t.j) = 'object' then t.j end) e on true order by 1, 2;
select count(*) from t, jsonb_array_elements(j -> 'tags');
select sum((e ->> 'n')::int) from jsonb_array_elements('[{"n":1},{"n":2}]') e;
select array_agg(k order by k) from jsonb_object_keys('{"b":1,"a":2}') k;
select * from json_to_record('{"a":1,"b":"x","c":[1]}') as r (a int, b text, c json);
select * from jsonb_to_record('{"a":"5","z":1}') as r (a int, b text);
select * from json_to_recordset('[{"a":1,"b":"x"},{"a":2}]') as r (a int, b text);
select * from jsonb_to_recordset('[{"a":1.5,"d":"2024-01-02"}]') as r (a numeric, d date);
select * from jsonb_to_record('{"a":"x"}') as r (a int);
select row_to_json(t) from t order by id;
select to_jsonb(t) from t order by id;
select to_jsonb(t) - 'j' - 'd' from t order by id;
select jsonb_build_object('id', id, 'name', name) from t order by id;
select json_agg(name order by id) from t;
select jsonb_agg(to_jsonb(id) || '[0]' order by id desc) from t;
select jsonb_object_agg(id, name) from t;
select json_object_agg(id, n order by id) from t;
select id, j -> 'tags' ->> 0 as tag from t where j ? 'tags';
select id from t where j @> '{"n": 1}';
select id from t where j -> 'n' = '1';
select id from t where (j ->> 'n')::int = 1;
select id from t where j @? '$[*] ? (@.a == 2)';
select id, jsonb_array_length(j -> 'tags') from t where id = 1;
select id, jsonb_path_query_array(j, '$.**.a') from t order by id;
select id, coalesce(j #>> '{tags,0}', 'none') from t order by id;
select jsonb_path_query_array('[1,2,3]', '$[*] ? (@ >= $x)', '{"x": 2}');
select jsonb_path_query_first('[]', '$[*]'), jsonb_path_exists('{"a":1}', '$.b'), jsonb_path_exists('{"a":1}', 'strict $.b');
select jsonb_path_query_array('[1]', 'strict $.a', '{}', true);
update t set j = jsonb_set(j, '{n}', to_jsonb((j ->> 'n')::int + 1)) where id = 1 returning j;
update t set j = j || '{"extra": true}' where jsonb_typeof(j) = 'object' returning j -> 'extra';
update t set j = j - 'extra' where id = 1 returning j;
insert into t (id, j) values (4, '{"bad": }');
insert into t (id, j) values (4, json_build_object('k', 1));
insert into t (id, j) values (4, 5);
insert into t (id, j) values (5, '5') returning j;
insert into t (id, j) values (6, 'null') returning j is null;
select id from t where j is null order by id;
select json_array_length('nope');
select jsonb_set('{}', 'a', '1');
select jsonb_nope('{}');
select to_jsonb();
select json_build_object(*) from t;
select json_array_elements('[1]') + 1;
select pg_typeof(to_json(1)), pg_typeof(to_jsonb(1)), pg_typeof(json_build_object()), pg_typeof(jsonb_array_length('[]')), pg_typeof(jsonb_path_query_first('1', '$')), pg_typeof(jsonb_typeof('1'));
