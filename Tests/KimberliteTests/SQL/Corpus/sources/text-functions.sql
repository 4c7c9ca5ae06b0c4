# Functions of text, each with ordinary, empty, NULL and out-of-the-way arguments.

create table words (id int primary key, s text, v varchar(6), c char(5));
insert into words values (1, 'Kimberlite', 'vee', 'ab'), (2, '', '', ''), (3, null, null, null), (4, 'Ärger Öl ßtraße', 'äöü', 'ä'), (5, '  padded  ', ' v ', ' c '), (6, 'a,b,,c', 'x,y', 'x,y'), (7, '日本語', '語', '日本'), (8, E'tab\tnew', 'VeE', 'AB');

%for f = lower(s) | upper(s) | initcap(s) | length(s) | char_length(s) | character_length(s) | octet_length(s) | bit_length(s) | trim(s) | ltrim(s) | rtrim(s) | btrim(s) | reverse(s) | ascii(s) | md5(s) | left(s, 3) | left(s, -2) | left(s, 0) | right(s, 3) | right(s, -2) | substr(s, 2) | substr(s, 2, 3) | substr(s, -1, 4) | substr(s, 0) | substring(s from 3) | substring(s for 2) | substring(s from 2 for 2) | strpos(s, 'e') | strpos(s, '') | position('r' in s) | replace(s, 'e', '_E_') | replace(s, '', 'x') | replace(s, 'a', '') | lpad(s, 12, '*') | lpad(s, 3) | rpad(s, 12, 'xy') | rpad(s, 0) | repeat(s, 2) | repeat(s, 0) | repeat(s, -1) | split_part(s, ',', 2) | split_part(s, ',', -1) | split_part(s, ',', 9) | split_part(s, '', 1) | concat(s, '|', id) | concat_ws('-', s, id, null, 'z') | s || 'x' | 'x' || s || id | translate(s, 'aeiou', '12') | starts_with(s, 'K') | quote_literal(s) | quote_nullable(s) | quote_ident(s) | encode(convert_to(s, 'UTF8'), 'hex') | overlay(s placing 'XX' from 2 for 3) | overlay(s placing 'YY' from 1) | s collate "C" | s::bytea | nullif(s, '') | coalesce(s, 'none') | greatest(s, 'b') | least(s, 'b') | s < 'b' | s = '' | s is null | format('%s!', s) | format('%L|%I', s, 'x y') | to_hex(length(s)) | string_to_array(s, ',') | unistr('x') || s | pg_typeof(s || 'a') | regexp_replace(s, '[aeiou]', '#') | regexp_replace(s, '[aeiou]', '#', 'g') | regexp_match(s, '(.)e') | regexp_count(s, 'e') | regexp_instr(s, 'e') | regexp_substr(s, '[a-z]+') | regexp_like(s, '^[A-Z]') | regexp_split_to_array(s, '[, ]+') | normalize(s, NFC)
select id, {f} from words order by id;

%for f = length({x}) | octet_length({x}) | {x} || '|' | upper({x}) | {x} = 'ab' | {x} like '%b%' | substr({x}, 2, 2) | concat({x}, '|') | {x}::text || '|' | reverse({x}) | position('b' in {x}) | lpad({x}, 7, '.') | replace({x}, ' ', '_') | trim({x}) || '|' | pg_typeof({x} || {x}) | pg_typeof(upper({x})) | coalesce({x}, 'none') || '|' | {x} = 'ab   ' | {x} in ('ab', 'vee') | {x} < 'b' | ascii({x}) | initcap({x}) | left({x}, 4) || '|' | right({x}, 4) || '|' | {x} between 'a' and 'w' | md5({x})
%for x = v | c
select id, {f} from words order by id;

%def args = '' | 'a' | 'abc' | null | 'äé' | ' x ' | 'a%b_c' | 'AbC dEf'

%for f = lower | upper | initcap | length | octet_length | reverse | ascii | md5 | btrim | ltrim | rtrim | quote_literal | quote_ident | quote_nullable | char_length | bit_length
%for a = '' | 'o''neil' | null | ' two  words ' | 'MiXed-case_word 1st' | 'a\b' | 'ÀÉ' | 'select' | 'Tab"le' | 'x1_y' | '🎉'
select {f}({a});

%for a = '' | 'abc' | 'äöü' | null | '日本語'
%for n = 0 | 1 | 2 | 3 | 5 | -1 | -2 | -5 | null
select left({a}, {n}), right({a}, {n}), repeat({a}, {n}), lpad({a}, {n}), rpad({a}, {n}, 'xy'), lpad({a}, {n}, '');

%for n = 0 | 1 | 2 | 4 | -1 | -3 | 10 | null | 2147483647
%for m = 0 | 1 | 3 | 10 | null | 2147483647 | -1
%take 45
select substr('kimber', {n}, {m}), substring('日本語文' from {n} for {m});

%for a ; b = 'a,b,c' ; ',' | 'a,b,c' ; '' | '' ; ',' | 'abc' ; 'b' | 'a--b--c' ; '--' | ',a,' ; ',' | null ; ',' | 'a' ; null | 'aaa' ; 'aa'
%for n = 1 | 2 | 3 | 4 | -1 | -2 | -4 | 0 | null
select split_part({a}, {b}, {n});

%for s = '' | 'xyxtrimyyx' | null | 'xyx' | 'abc' | ' x '
%for c = '' | 'x' | 'xyz' | null | ' '
select ltrim({s}, {c}), rtrim({s}, {c}), btrim({s}, {c}), trim(both {c} from {s}), trim(leading {c} from {s}), trim(trailing {c} from {s});

select trim('  a  '), trim(both from ' a '), trim(leading from ' a '), trim(from ' a '), trim(' a', 'a');
select trim(both 'a', 'b');
select strpos('', ''), strpos('abc', ''), strpos('', 'a'), strpos('äbc', 'b'), strpos('abcabc', 'ca');
select position('' in 'abc'), position('x' in ''), position('c' in 'äbc');
select replace('aaa', 'aa', 'b'), replace('', 'a', 'b'), replace('abc', 'abc', ''), replace('a.b', '.', '..');
select translate('12345', '143', 'ax');
select translate('', 'a', 'b');
select translate('abc', '', 'x');
select translate('äöü', 'öä', 'oa');
select translate('aa', 'aa', 'xy');
select chr(65), chr(228), chr(26085), chr(128512);
select chr(0);
select chr(-1);
select chr(1114112);
select chr(55296);
select ascii('é'), ascii('€'), ascii('🎉'), ascii('');
select concat();
select concat(null);
select concat(1, 'a', null, true, 2.50, date '2024-01-02');
select concat_ws(',', 'a', null, 'b');
select concat_ws(null, 'a', 'b');
select concat_ws(',', null, null);
select concat_ws('', 1, 2);
select concat_ws(',');
select 'a' || null;
select null || 'a';
select 'a' || 1;
select 1 || 'a';
select 'a' || true;
select 'a' || 1.50;
select 'a' || date '2024-01-02';
select 1.5 || 'x';
select 1 || 2;
select 'a' + 'b';
select 'a' || 'b' = 'ab', 'a' || 'b' || 'c';
select 'x' || (1 + 2) || 'y';
select md5('');
select md5('a');
select md5('\xff'::bytea);
select sha256('');
select sha224('a');
select sha256('abc'::bytea);
select sha512('abc');
select encode('abc', 'hex');
select encode('\x00ff', 'base64');
select encode('a\\b', 'escape');
select decode('616263', 'hex');
select decode('AP8=', 'base64');
select decode('a\\000b', 'escape');
select decode('6', 'hex');
select decode('zz', 'hex');
select decode('A', 'base64');
select encode('a', 'nope');
select length('\x0001ff'::bytea);
select octet_length('\x0001ff'::bytea);
select '\x01'::bytea || '\x02'::bytea;
select substr('\x010203'::bytea, 2, 1);
select get_byte('\x0102'::bytea, 1);
select set_byte('\x0102'::bytea, 0, 255);
select position('\x02'::bytea in '\x0102'::bytea);
select overlay('\x010203'::bytea placing '\xff'::bytea from 2 for 1);
select get_byte('\x01'::bytea, 5);
select reverse('abc'::varchar), upper('a'::char(3)) || '|';
select repeat('ab', 3), repeat('', 5), length(repeat('x', 10000));
select to_hex(255), to_hex(-1), to_hex(2147483648), to_hex(0);
select format('%s %s', 'a', 'b');
select format('%%');
select format('%s', null);
select format('%I', 'a b');
select format('%L', 'it''s');
select format('%L', null);
select format('%2$s %1$s', 'a', 'b');
select format('%5s|', 'ab');
select format('%-5s|', 'ab');
select format('%*s|', 4, 'x');
select format('no args');
select format('%s');
select format('%d', 1);
select format('%I', null);
select format('%', 1);
select format(null);
select format('%1$s %s', 'a', 'b'), format('%s%s', 1, true);
select initcap('hello wORLD');
select initcap('a1b2 c3');
select initcap('o''neil-smith');
select initcap('éa ñb');
select lower('ÀÉÎ');
select upper('ß');
select upper('éà');
select lower('İ');
select overlay('abcdef' placing 'xy' from 3), overlay('abcdef' placing 'xy' from 3 for 0), overlay('abc' placing '' from 2 for 1), overlay('abc' placing 'z' from 10), overlay('abc' placing 'zz' from 1 for 100);
select overlay('abc' placing 'x' from 0);
select starts_with('abc', '');
select starts_with('', 'a');
select starts_with(null, 'a');
select starts_with('abc', 'abcd');
select 'abc' ^@ 'ab';
select lpad('abc', 5, '');
select rpad('', 3, 'ab');
select lpad('äb', 4, 'é');
select lpad('abc', -1);
select left('abc', 2147483647), right('abc', -2147483648);
select string_to_array('a,b,,c', ',');
select string_to_array('abc', null);
select string_to_array('', ',');
select string_to_array(null, ',');
select string_to_array('a,b', '');
select string_to_array('a,NULL,b', ',', 'NULL');
select array_to_string(array['a', null, 'b'], ',');
select array_to_string(array['a', null, 'b'], ',', '*');
select array_to_string(array[1, 2], '-');
select string_to_table('a,b', ',');
select * from string_to_table('a,,b', ',') t order by 1;
select * from regexp_split_to_table('a1b22c', '[0-9]+') t order by 1;
select * from regexp_matches('a1b2', '([a-z])([0-9])', 'g') t order by 1;
select parse_ident('a.b');
select quote_literal(1);
select quote_literal(e'a\\b');
select quote_nullable(null);
select quote_ident('a"b');
select quote_ident('A');
select quote_ident('1a');
select quote_ident('a_1');
select quote_ident('table');
select unistr('\0041\+0000e9');
select unistr('a\\b');
select normalize(U&'a\0308');
select normalize('ä', NFD) = U&'a\0308';
select 'a' is normalized;
select U&'\0041\00e4';
select U&'d!0061t' uescape '!';
select E'\x41\u00e4\101\n'::text;
select e'it\'s', 'a' 'b';
select 'a' 'b';
select $$a'b$$, $q$a$$b$q$, '', E'\\';
select lower(5);
select length(5);
select upper(true);
select substr('abc');
select substring('abc', 'b');
select substring('foobar' from 'o.b');
select substring('foobar' from 'o(.)b');
select substring('foobar' similar '%#"o_b#"%' escape '#');
select substring('abc' from -1 for 1), substring('abc' from 2 for -1);
select substring('abcdef', 2, 3), substring('abcdef', 4);
select replace('a', 'b');
select lpad('a');
select nope('a');
select lower('a', 'b');
select lower(null);
select length(null);
select upper(null::text);
select substr(null, 1, 2);
select concat(null, null);
select replace('a', null, 'b');
select casefold('A');
select btrim('xxaxx', 'x'), btrim(null, 'x'), btrim('a', null);
select pg_typeof(lower('a'));
select pg_typeof(length('a'));
select pg_typeof('a' || 'b');
select pg_typeof(ascii('a'));
select pg_typeof(starts_with('a', 'b'));
select pg_typeof(md5('a'));
select pg_typeof(to_hex(1));
select pg_typeof(chr(65));
select pg_typeof(concat('a'));
select pg_typeof(split_part('a', 'b', 1));
