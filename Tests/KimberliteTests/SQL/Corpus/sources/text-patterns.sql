# LIKE, ILIKE, SIMILAR TO and regular expressions.

create table t (id int primary key, s text, p text);
insert into t values (1, 'abc', 'a%'), (2, 'ABC', '%b%'), (3, '', ''), (4, null, '%'), (5, 'a%c', 'a\%c'), (6, 'a_c', 'a\_c'), (7, 'abcabc', '_b%'), (8, E'line\nbreak', 'line%'), (9, 'äÖx', '_ö_'), (10, 'a\c', 'a\\c'), (11, 'aaa', null);

%for p = 'a%' | '%c' | '%b%' | '_b_' | '___' | '%' | '' | '_' | '_%' | 'a\%c' | 'a\_c' | 'a\\c' | '%a%b%c%' | '%%' | 'A%' | null | 'line%' | '%' || 'c' | 'a_c' | '\a%' | '__Ö_' | 'ä%' | '%x' | 'abcabc'
%for o = like | not like | ilike | not ilike
select id from t where s {o} {p} order by id;

%for o = like | ilike | not like | ~~ | !~~ | ~~* | !~~*
select id, s {o} p from t order by id;

%for o = like | not like | ilike
%for p ; e = 'a#%c' ; '#' | 'a%%c' ; '%' | 'a!_c' ; '!' | 'a\c' ; '' | 'aXX' ; 'X' | 'a%' ; '' | 'a_#_' ; '#' | 'a%' ; null | 'äx' ; 'ä'
select id, s {o} {p} escape {e} from t order by id;

select 'a' like 'a\';
select 'a' like 'ab' escape 'xy';
select 'a\' like 'a\\', 'a' like '\a', '\' like '\\';
select 'a' like 'a#' escape '#';
select 1 like '1';
select 'a' like 1;
select 'a' like null, null like 'a', null like null;
select 'a'::char(3) like 'a', 'a'::char(3) like 'a  ', 'a'::varchar like 'a';
select 'ABC' ilike 'abc', 'ÄÖ' ilike 'äö', 'ß' ilike 'SS';
select not 'a' like 'b', 'a' like 'a' = true, 'x' || 'y' like 'xy';
select 'abc' like all (array['a%', '%c']), 'abc' like any (array['x', '%c']), 'abc' not like all (array['x%', 'y%']), 'abc' ilike any (array['AB%']);
select '\x0102'::bytea like '\x01%'::bytea;
select 'a%' like 'a\%', 'ab' like 'a\%', 'a%b' like '%\%%';
select 'x' like '%x%x%', 'xx' like '%x%x%', 'xyx' like 'x%x', repeat('a', 50) like '%a%a%a%a%b';

%for o = ~ | !~ | ~* | !~*
%for p = 'b' | '^a' | 'c$' | '^abc$' | 'a.c' | 'a|b' | '^(abc)+$' | '[ab]{2}' | '[^a]' | '\d' | '\w+' | '\s' | '^$' | '' | null | 'A' | 'a*' | 'ab?c' | 'a{2,}' | '(a)(b)' | '\.' | '[[:alpha:]]' | '[[:upper:]]' | '\mabc\M' | '^a.*c$' | '\\' | 'ö' | '(?i)ABC' | 'n$' | '^b' | '(?n)^b' | '(?:ab)+c'
%take 90
select id from t where s {o} {p} order by id;

%for p = '(' | '[' | 'a{2,1}' | '*' | 'a**' | '\' | 'a{99999}' | '[b-a]' | ')' | '(?<=a)b' | '[[:nope:]]' | '(?=b)' | '(a)\1' | 'x{0}' | '(?q)a.c' | '***=a.c'
select 'aab' ~ {p};

%for o = similar to | not similar to
%for p = 'abc' | 'a%' | '%(b|x)%' | '_b_' | '(abc)+' | '[a-c]+' | 'a{1,3}' | '%' | '' | 'a\%c' | 'a.c' | 'abc|ABC' | null | '[^a]%' | 'a?bc' | '(a|A)(b|B)%' | '%a*' | '[[:alpha:]]+' | 'a_c'
select id from t where s {o} {p} order by id;

select 'abc' similar to 'a#%' escape '#', 'a%' similar to 'a#%' escape '#', 'a' similar to 'a' escape null;
select 'abc' similar to '(';
select 'a.c' similar to 'a.c', 'abc' similar to 'a.c', 'a^' similar to 'a^', 'a$' similar to 'a$';

%for s = 'foobarbaz' | 'Hello World' | '' | null | 'a1b22c333' | 'aaa' | E'x\ny' | 'äöü'
%for p ; r ; f = 'b..' ; 'X' ; '' | 'b..' ; 'X' ; 'g' | '(b)(.)' ; '\2\1' ; 'g' | '[0-9]+' ; '<\&>' ; 'g' | '^' ; '>' ; '' | '$' ; '<' ; 'g' | 'A' ; '-' ; 'gi' | 'o|l' ; '' ; 'g' | 'a*' ; 'X' ; 'g' | '.' ; '\\' ; 'g' | '\s' ; '_' ; '' | 'x' ; 'y' ; 'i' | '(a)|(b)' ; '[\1\2]' ; 'g'
%take 70
select regexp_replace({s}, {p}, {r}, {f});

select regexp_replace('abc', 'b', 'x', 'z');
select regexp_replace('abcabc', 'b', 'X', 3), regexp_replace('abcabc', 'b', 'X', 1, 2), regexp_replace('abcabc', 'b', 'X', 1, 0);
select regexp_replace('abc', '(', 'x');
select regexp_match('foobarbequebaz', 'bar.*que'), regexp_match('foobarbequebaz', '(bar)(beque)'), regexp_match('abc', 'd'), regexp_match('abc', '(x)?b');
select regexp_matches('foobar', 'o');
select regexp_count('ababab', 'ab'), regexp_count('ababab', 'ab', 2), regexp_count('abAB', 'ab', 1, 'i'), regexp_count('abc', ''), regexp_count('', 'a');
select regexp_instr('abcabc', 'c'), regexp_instr('abcabc', 'c', 4), regexp_instr('abcabc', 'c', 1, 2), regexp_instr('abcabc', 'c', 1, 1, 1), regexp_instr('abc', 'x');
select regexp_substr('abc123def', '[0-9]+'), regexp_substr('a1b2', '[0-9]', 1, 2), regexp_substr('abc', 'x'), regexp_substr('foobar', 'o(.)b', 1, 1, '', 1);
select regexp_like('Abc', 'a'), regexp_like('Abc', 'a', 'i'), regexp_like(null, 'a');
select regexp_split_to_array('a, b,c', ',\s*'), regexp_split_to_array('', 'a'), regexp_split_to_array('abc', ''), regexp_split_to_array('aXbxc', 'x', 'i');
select 'foo' ~ 'fo+' and 'foo' !~ 'x';
select 'abc' ~ 'b' = true;
select 1 ~ '1';
select 'abc' ~ null, null ~ 'a', 'A' ~* 'a', 'É' ~* 'é';
select 'a' ~ 'a' 'b';
select id from t where s ~ any (array['^a', 'x$']) order by id;
select 'ab' ~ '^ab$' , E'ab\n' ~ '^ab$', E'a\nb' ~ 'a.b', E'a\nb' ~ '(?n)a.b', E'a\nb' ~ '(?n)^b$';
select 'aXb' ~ 'a\Xb';
select 'tel 555-1234' ~ '\d{3}-\d{4}', 'x@y.zz' ~ '^[^@\s]+@[^@\s]+\.[a-z]{2,}$', '2024-01-02' ~ '^\d{4}-\d\d-\d\d$';
select regexp_replace('2024-01-02', '(\d+)-(\d+)-(\d+)', '\3.\2.\1'), regexp_replace('  a  b ', '\s+', ' ', 'g'), regexp_replace('abc', '', '-', 'g');
select substring('abc123' from '[0-9]+'), substring('abc' from 'x'), substring('key=val' from '=(.*)$'), substring(null from 'a');
select 'ab12' ~ '^[[:alnum:]]+$', 'a b' ~ '[[:space:]]', 'A' ~ '[[:lower:]]', '_' ~ '\w', '-' ~ '\W', 'é' ~ '\w', '5' ~ '\D';
select 'xay' ~ 'x(a|b)y', 'xaby' ~ 'x(a|b)+y', 'xy' ~ 'x(a|b)*y', 'xccy' ~ 'x(?:c{2})y';
select 'abab' ~ '^(ab)\1$', 'aa' ~ '(.)\1';
select 'abc' ~ 'a(?=b)', 'abc' ~ 'a(?!b)', 'abc' ~ '(?<!b)c';
select regexp_replace('aaa', 'a{2}?', 'x'), regexp_replace('aabb', 'a.*?b', 'x'), regexp_replace('aabb', 'a.*b', 'x');

# Collations and comparisons of text.

create table col (id int primary key, s text, v varchar(10), c char(4));
insert into col values (1, 'a', 'a', 'a'), (2, 'B', 'B', 'B'), (3, 'A', 'A', 'A'), (4, 'b', 'b ', 'b'), (5, 'ä', 'ä', 'ä'), (6, '', '', ''), (7, ' a', ' a', ' a'), (8, 'a ', 'a ', 'a '), (9, null, null, null), (10, 'aa', 'aa', 'aa'), (11, '_', '_', '_'), (12, '10', '10', '10'), (13, '9', '9', '9');

%for x = s | v | c
%for o = {x} | {x} desc | lower({x}) | {x} collate "C" | upper({x}) desc | {x} || 'x' | length({x}), {x} desc | {x} nulls first
select id from col order by {o}, id;

%for x = s | v | c
%for c = = 'a' | = 'a ' | <> 'a' | < 'a' | <= 'b' | > 'B' | between 'A' and 'a' | in ('a', '', 'ä') | = '' | is null | >= ' ' | = lower('A') | is distinct from 'a' | = 'A' collate "C" | = s | = c | < v | = c::text | = v || ''
select id from col where {x} {c} order by id;

%for f = min | max | count
%for x = s | v | c | distinct s | distinct c | distinct lower(s)
select {f}({x}) from col;

select c, count(*) from col group by c order by c;
select id from col where s collate "nope" = 'a';
select s collate "C" < 'b' from col where id = 2;
select a.id, b.id from col a join col b on a.c = b.v order by 1, 2;
select a.id, b.id from col a join col b on a.c = b.s order by 1, 2;
select 1 collate "C";
