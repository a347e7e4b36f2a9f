-- The first half of a verifier of draws, in SQL: what a record must look like. The second is verify_draw.sql.
--
-- Written from docs/algorithms/draw.md alone, and independent of the program that draws: section numbers (§) are
-- those of that page. PostgreSQL 13 or newer with UTF-8 as its encoding; no extension. To load both halves:
--
--     psql -f verify_record.sql -f verify_draw.sql
--
-- and at the prompt of psql:
--
--     \set record `cat record.json`
--     select * from kycuong.verify(:'record');
--
-- One row for each thing that does not hold, none if the record agrees. PostgreSQL's text cannot hold U+0000: a
-- record with that character in its policy or inputs is refused, although §2 allows it.

create schema kycuong;

-- ---------------------------------------------------------------- bytes, numbers and hashes, §2

create function kycuong.sized(value text) returns bytea language sql immutable as
$$ select substring(int4send(octet_length(value)) from 3) || convert_to(value, 'UTF8') $$;

-- The integer that 16 hexadecimal digits say: a numeric, as no integer type holds 64 bits without a sign.
create function kycuong.number(digits text) returns numeric language sql immutable as
$$ select ('x' || left(digits, 8))::bit(32)::bigint * 4294967296::numeric
        + ('x' || right(digits, 8))::bit(32)::bigint $$;

-- A key of at most 64 bytes, filled up with zeros to a block and combined with one byte throughout.
create function kycuong.hmac_block(key bytea, pad int) returns bytea language sql immutable as
$$ select string_agg(
       set_byte('\x00', 0, pad # case when i < length(key) then get_byte(key, i) else 0 end), ''::bytea order by i
   ) from generate_series(0, 63) as i $$;

create function kycuong.hmac(key bytea, message bytea) returns bytea language sql immutable as
$$ select sha256(kycuong.hmac_block(key, 92) || sha256(kycuong.hmac_block(key, 54) || message)) $$;

-- Ends the check where something does not hold.
create function kycuong.need(holds boolean, field text, problem text) returns void language plpgsql immutable as $$
begin
    if holds is not true then
        raise exception using errcode = 'KC001', message = problem, detail = field;
    end if;
end $$;

-- ---------------------------------------------------------------- canonical JSON, §2

-- Sorts as the UTF-16 code units of a text do.
create function kycuong.utf16(value text) returns text language sql immutable as
$$ select string_agg(
       case when point < 65536 then lpad(to_hex(point), 4, '0')
       else to_hex(55296 + (point - 65536) / 1024) || to_hex(56320 + (point - 65536) % 1024) end, '' order by i
   ) from (select i, ascii(letter) as point
           from regexp_split_to_table(value, '') with ordinality as letters (letter, i)) as points $$;

create function kycuong.quoted(value text) returns text language plpgsql immutable as $$
begin
    perform kycuong.need(value is nfc normalized, 'record', format('has %s, which is not in normal form C', value));
    return to_json(value)::text;
end $$;

-- json and not jsonb: jsonb no longer shows duplicate keys and how a number was written.
create function kycuong.canonical(value json, depth int default 1) returns text language plpgsql immutable as $$
declare
    kind text := json_typeof(value);
    inside text;
    twice boolean;
begin
    perform kycuong.need(depth <= 64 or kind not in ('object', 'array'), 'record', 'nests deeper than 64 levels');
    if kind = 'object' then
        select string_agg(
                   kycuong.quoted(key) || ':' || kycuong.canonical(part, depth + 1), ','
                   order by case when wide then kycuong.utf16(key) end, key collate "C"),
               count(*) > count(distinct key)
        into inside, twice
        from (select fields.key, fields.value as part, bool_or(octet_length(key) > length(key)) over () as wide
              from json_each(value) as fields) as parts;
        perform kycuong.need(not twice, 'record', 'has a key twice in one object');
        return '{' || coalesce(inside, '') || '}';
    elsif kind = 'array' then
        select string_agg(kycuong.canonical(item, depth + 1), ',' order by i) into inside
        from json_array_elements(value) with ordinality as items (item, i);
        return '[' || coalesce(inside, '') || ']';
    elsif kind = 'string' then
        return kycuong.quoted(value #>> '{}');
    elsif kind = 'number' then
        inside := value #>> '{}';
        perform kycuong.need(inside ~ '^-?[0-9]+$', 'record', format('has %s, which is not an integer', inside));
        perform kycuong.need(
            abs(inside::numeric) < 9007199254740992, 'record', format('has %s, an integer of 2^53 or more', inside));
        return inside::numeric::text;
    end if;
    return coalesce(value #>> '{}', 'null');
end $$;

create function kycuong.sha256_json(value json) returns text language sql immutable strict as
$$ select encode(sha256(convert_to(kycuong.canonical(value), 'UTF8')), 'hex') $$;

-- ---------------------------------------------------------------- the shape, §3, §7 and §10

create function kycuong.proof(proven boolean) returns text language sql immutable as
$$ select case when proven
       then 'proven against choice of secret, provided that endorsement_sha256 was published before '
            'the public value existed'
       else 'not proven against choice of secret' end $$;

create function kycuong.is_positive(said text) returns boolean language plpgsql immutable as $$
begin
    return case when said ~ '^[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$' then said::float8 > 0 and said::numeric > 0 end;
exception when numeric_value_out_of_range then
    return false;
end $$;

create function kycuong.is_date(said text) returns boolean language plpgsql immutable as $$
declare
    part int[] := regexp_match(said, '^([0-9]{4})-([0-9]{2})-([0-9]{2})$');
begin
    return part[1] > 0 and make_date(part[1], part[2], part[3]) is not null;
exception when datetime_field_overflow then
    return false;
end $$;

create function kycuong.fits(kind text, value jsonb) returns boolean language plpgsql immutable as $$
declare
    type text := jsonb_typeof(value);
    said text := case when type = 'string' then value #>> '{}' end;
begin
    return coalesce(case kind
        when 'object' then type = 'object'
        when 'array' then case when type = 'array' then jsonb_array_length(value) > 0 end
        when 'text' then said <> '' and octet_length(said) <= 65535 and said !~ '[\u0001-\u001f\u007f-\u009f]'
        when 'integer' then case when type = 'number' then value::numeric between 1 and 4294967295 end
        when 'digits' then said ~ '^[0-9a-f]{64}$'
        when 'number' then said ~ '^[0-9a-f]{16}$' and said ~ '[^0]'
        when 'threshold' then said = 'certain' or kycuong.fits('number', value)
        when 'date' then kycuong.is_date(said)
        when 'proportion' then said ~ '^(1(\.0+)?|0\.[0-9]+)$' and kycuong.is_positive(said)
        when 'score' then kycuong.is_positive(said)
        when 'half' then said in ('morning', 'afternoon')
        when 'allocation' then said in ('given', 'largest remainder')
        when 'format' then said = 'kycuong/1'
        when 'proof' then said in (kycuong.proof(true), kycuong.proof(false))
    end, false);
end $$;

-- What stands in which place: an item of an array has the key [], and * is any key. A question mark allows null.
create function kycuong.places() returns table (parent text, key text, kind text) language sql immutable as $$
    select parent, child.key, child.value from (values
        ('record', '{"format": "format", "frame": "object", "endorsement": "object", "endorsement_sha256": "digits",
                     "secrets": "object", "public_value": "text?", "seed": "digits", "proof": "proof",
                     "sample": "array", "attempts": "object", "dates": "array?"}'::jsonb),
        ('secrets', '{"s1": "digits", "s2": "digits?"}'),
        ('sample', '{"[]": "text"}'),
        ('attempts', '{"*": "integer"}'),
        ('dates', '{"[]": "object"}'),
        ('dates.[]', '{"code": "text", "date": "text", "session": "text"}'),
        ('endorsement', '{"plan_id": "text", "frame_sha256": "digits", "policy_sha256": "digits?",
                          "commitments": "object", "public_value_rule": "object?"}'),
        ('endorsement.commitments', '{"s1": "digits", "s2": "digits?"}'),
        ('endorsement.public_value_rule', '{"source": "text", "date": "date", "encoding": "text", "fallback": "text"}'),
        ('frame', '{"format": "format", "plan_id": "text", "code_version": "text", "n": "integer",
                    "floor": "proportion", "cap": "proportion", "allocation": "allocation", "policy": "object?",
                    "inputs": "object?", "reveal_on": "date?", "strata": "array", "calendar": "object?"}'),
        ('frame.policy', '{"*": "anything"}'),
        ('frame.inputs', '{"*": "anything"}'),
        ('frame.calendar', '{"sessions": "array"}'),
        ('frame.calendar.sessions', '{"[]": "object"}'),
        ('frame.calendar.sessions.[]', '{"date": "date", "session": "half", "kind": "text", "capacity": "integer"}'),
        ('frame.strata', '{"[]": "object"}'),
        ('frame.strata.[]', '{"name": "text", "n": "integer", "max_attempts": "integer", "units": "array"}'),
        ('frame.strata.[].units', '{"[]": "object"}'),
        ('frame.strata.[].units.[]', '{"code": "text", "score": "score", "threshold": "threshold",
                                       "survival": "number", "sessions": "array", "compound": "text?"}'),
        ('frame.strata.[].units.[].sessions', '{"[]": "text"}')
    ) as known (parent, children), jsonb_each_text(children) as child
$$;

-- Ends at the first field that is missing, unknown or of another type.
create function kycuong.check_fields(record jsonb) returns void language plpgsql immutable as $$
declare
    dated boolean := coalesce(record #> '{frame,calendar}' <> 'null', false);
    wrong record;
begin
    -- A node is reached only through a place that is known; its place is what follows from it as a parent.
    with recursive places as (
        select * from kycuong.places()
        where dated or parent <> 'frame.strata.[].units.[]' or key not in ('survival', 'sessions', 'compound')
    ), nodes (path, place, kind, value) as (
        select 'record', 'record', 'object', record
        union all
        select case when place = 'record' then child.key when place = 'sample' then place
                    when child.key ~ '^\[' then path || child.key else path || '.' || child.key end,
               case place when 'record' then child.key else place || '.' || places.key end,
               places.kind, child.value
        from nodes
        cross join lateral (
            select key, key as known_as, value
            from jsonb_each(case jsonb_typeof(nodes.value) when 'object' then nodes.value else '{}' end)
            union all
            select format('[%s]', i - 1), '[]', item
            from jsonb_array_elements(case jsonb_typeof(nodes.value) when 'array' then nodes.value else '[]' end)
                 with ordinality as listed (item, i)
        ) as child
        join places on places.parent = nodes.place and places.key in (child.known_as, '*')
        where places.kind <> 'anything'
    ), objects as (
        select path, place, value from nodes where jsonb_typeof(value) = 'object'
    )
    select * into wrong from (
        select 1 as step, path, 'is not ' || kind as problem from nodes
        where not kycuong.fits(rtrim(kind, '?'), value) and not (kind ~ '\?$' and value = 'null')
        union all
        select 2, path || '.' || key, 'is missing'
        from objects join places on parent = place and key not in ('[]', '*') where not value ? key
        union all
        select 3, path || '.' || name, 'is an unknown field' from objects, jsonb_object_keys(value) as name
        where not exists (select from places where parent = place and key in (name, '*'))
    ) as found order by step limit 1;
    perform kycuong.need(wrong is null, wrong.path, wrong.problem);
end $$;

-- Texts in the order of their UTF-8 bytes, each once.
create function kycuong.need_order(keys text[], path text) returns void language sql immutable as
$$ select kycuong.need(coalesce(bool_and(earlier < key collate "C"), true), path, 'must stand in order, each once')
   from (select key, lag(key) over (order by i) as earlier
         from unnest(keys) with ordinality as listed (key, i)) as pairs
$$;

-- The texts of one field of the objects in an array.
create function kycuong.texts(items jsonb, field text) returns text[] language sql immutable as
$$ select array_agg(item ->> field order by i) from jsonb_array_elements(items) with ordinality as listed (item, i) $$;

-- What one field alone does not show; the fields themselves are right.
create function kycuong.check_frame(frame jsonb) returns void language plpgsql immutable as $$
declare
    kinds text[];
begin
    if frame -> 'calendar' <> 'null' then
        kinds := kycuong.texts(frame #> '{calendar,sessions}', 'kind');
        perform kycuong.need_order(
            array_agg((value ->> 'date') || case value ->> 'session' when 'morning' then 'a' else 'b' end order by i),
            'frame.calendar.sessions')
        from jsonb_array_elements(frame #> '{calendar,sessions}') with ordinality as listed (value, i);
        perform kycuong.need_order(array(select jsonb_array_elements_text(unit -> 'sessions')), path),
                kycuong.need(unit -> 'sessions' ?| kinds, path, 'admits no session of the calendar')
        from jsonb_array_elements(frame -> 'strata') with ordinality as strata (stratum, h),
             jsonb_array_elements(stratum -> 'units') with ordinality as units (unit, i),
             format('frame.strata[%s].units[%s].sessions', h - 1, i - 1) as path;
    end if;
    perform kycuong.need_order(kycuong.texts(stratum -> 'units', 'code'), format('frame.strata[%s].units', h - 1)),
            kycuong.need(
                (stratum -> 'n')::numeric <= jsonb_array_length(stratum -> 'units'),
                format('frame.strata[%s].n', h - 1), 'must not exceed the number of units')
    from jsonb_array_elements(frame -> 'strata') with ordinality as strata (stratum, h);
    perform kycuong.need_order(kycuong.texts(frame -> 'strata', 'name'), 'frame.strata');
    perform kycuong.need(
        (frame -> 'n')::numeric = sum((stratum -> 'n')::numeric), 'frame.n', 'must be the sum over the strata')
    from jsonb_array_elements(frame -> 'strata') as stratum;
    perform kycuong.need(count(*) = count(distinct unit ->> 'code' collate "C"), 'frame.strata', 'hold a unit twice')
    from jsonb_array_elements(frame -> 'strata') as stratum, jsonb_array_elements(stratum -> 'units') as unit;
end $$;
