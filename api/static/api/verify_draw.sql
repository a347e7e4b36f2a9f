-- The second half of a verifier of draws, in SQL: rebuilds a draw from its record and names what differs. Load
-- verify_record.sql first, which says how.

-- ---------------------------------------------------------------- the chain of hashes, §7 and §10

create function kycuong.seed_message(plan_id text, frame_sha256 text, public_value text) returns bytea
language sql immutable as
$$ select convert_to(kycuong.canonical(json_build_object(
       'plan_id', plan_id, 'frame_sha256', frame_sha256, 'public_value', public_value)), 'UTF8') $$;

create function kycuong.subkey(seed bytea, purpose text) returns bytea language sql immutable as
$$ select kycuong.hmac(seed, convert_to('kycuong/1/' || purpose, 'UTF8')) $$;

-- Takes the record as json and as the same in jsonb.
create function kycuong.check_links(document json, record jsonb) returns table (field text, problem text)
language plpgsql immutable as $$
declare
    frame json := document -> 'frame';
    policy json := frame ->> 'policy';
    endorsement jsonb := record -> 'endorsement';
    proof text := kycuong.proof(endorsement -> 'public_value_rule' <> 'null' and record -> 'public_value' <> 'null');
    s1 bytea := decode(record #>> '{secrets,s1}', 'hex');
    s2 bytea := decode(record #>> '{secrets,s2}', 'hex');
    seed bytea := kycuong.hmac(s1 || coalesce(s2, ''), kycuong.seed_message(
        endorsement ->> 'plan_id', endorsement ->> 'frame_sha256', record ->> 'public_value'));
begin
    return query select name, otherwise from (values
        ('frame', kycuong.sha256_json(frame), endorsement ->> 'frame_sha256', 'is not the one that was endorsed'),
        ('policy', kycuong.sha256_json(policy), endorsement ->> 'policy_sha256', 'is not the one that was endorsed'),
        ('plan_id', frame ->> 'plan_id', endorsement ->> 'plan_id', 'is not the one that was endorsed'),
        ('endorsement', kycuong.sha256_json(document -> 'endorsement'), record ->> 'endorsement_sha256',
         'does not have the hash stated'),
        ('proof', proof, record ->> 'proof', 'must be: ' || proof),
        ('commitments.s1', encode(sha256(s1), 'hex'), endorsement #>> '{commitments,s1}', 'is not of the secret'),
        ('commitments.s2', encode(sha256(s2), 'hex'), endorsement #>> '{commitments,s2}', 'is not of the secret'),
        ('seed', encode(seed, 'hex'), record ->> 'seed', 'does not follow from what it is made of')
    ) as links (name, reached, stated, otherwise) where reached is distinct from stated;
end $$;

-- ---------------------------------------------------------------- the design, §4 to §6

-- π of §4 in exact decimals, or null where n is more than the cap allows.
create function kycuong.inclusion(scores numeric[], n numeric, floor numeric, cap numeric) returns float8[]
language plpgsql immutable as $$
declare
    units int := array_length(scores, 1);
    low numeric := floor * n / units;
    breaks numeric[];
    first int := 1;
    last int := 2 * units;
    middle int;
begin
    if n > cap * units * (1 + 1e-12) then
        return null;
    elsif n >= cap * units * (1 - 1e-12) then
        return array_fill(cap::float8, array[units]);
    end if;
    select array_agg(lambda order by lambda) into breaks
    from unnest(scores) as score, lateral (values (low / score), (cap / score)) as turns (lambda);
    while first < last loop
        middle := (first + last) / 2;
        if (select sum(least(cap, greatest(low, breaks[middle] * score))) from unnest(scores) as score) >= n then
            last := middle;
        else
            first := middle + 1;
        end if;
    end loop;
    return (with zoned as (
        select score, i, case when low / score >= breaks[last] then 'floor'
                              when cap / score <= breaks[last - 1] then 'cap' else 'between' end as zone
        from unnest(scores) with ordinality as listed (score, i)
    ), rest as (
        select n - low * count(*) filter (where zone = 'floor') - cap * count(*) filter (where zone = 'cap') as share,
               sum(score) filter (where zone = 'between') as total
        from zoned
    )
    select array_agg((case zone when 'floor' then low when 'cap' then cap else share * score / total end)::float8
                     order by i) from zoned, rest);
end $$;

-- The numbers drawn in strata of some numbers of units by largest remainders (§5), or null where there are none.
-- The scores are those of all units, stratum after stratum.
create function kycuong.allocate(scores numeric[], counts int[], n int, floor numeric, cap numeric) returns int[]
language plpgsql immutable as $$
declare
    probabilities float8[] := kycuong.inclusion(scores, n, floor, cap);
    sums float8[];
    most int[];
    sizes int[];
    missing int;
    chosen int;
    done int := 0;
begin
    if array_length(counts, 1) = 1 then
        return array[n];
    elsif probabilities is null then
        return null;
    end if;
    for h in 1 .. array_length(counts, 1) loop
        sums[h] := (select sum(p) from unnest(probabilities[done + 1 : done + counts[h]]) as p);
        done := done + counts[h];
        -- Of a product that misses an integer by 1e-12 or less, that integer.
        most[h] := floor(cap * counts[h] * (1 + 1e-12));
        sizes[h] := least(most[h], greatest(least(2, most[h]), floor(sums[h])));
    end loop;
    loop
        missing := n - (select sum(size) from unnest(sizes) as size);
        exit when missing = 0;
        select h into chosen from (
            select h, round((sums[h] - sizes[h])::numeric, 9) as remainder from generate_subscripts(sizes, 1) as h
            where sizes[h] <> case when missing > 0 then most[h] else least(2, most[h]) end
        ) as open order by sign(missing) * remainder desc, sign(missing) * h limit 1;
        if chosen is null then
            return null;
        end if;
        sizes[chosen] := sizes[chosen] + sign(missing);
    end loop;
    return sizes;
end $$;

-- The polynomial of some units, times those of others, which are taken and spared with some probabilities.
-- What lies below 1e-150 is nothing here, and would be an underflow, which is an error, later.
create function kycuong.times(polynomial float8[], taken float8[], spared float8[]) returns float8[]
language plpgsql immutable as $$
begin
    for i in 1 .. array_length(taken, 1) loop
        for k in reverse array_length(polynomial, 1) .. 2 loop
            polynomial[k] := polynomial[k] * spared[i] + polynomial[k - 1] * taken[i];
            if polynomial[k] < 1e-150 then
                polynomial[k] := 0;
            end if;
        end loop;
        polynomial[1] := case when polynomial[1] < 1e-150 then 0 else polynomial[1] * spared[i] end;
    end loop;
    return polynomial;
end $$;

-- For each unit the chance that the others are n' − 1, given the polynomial, up to that power, of all units that are
-- not listed. It is carried down a tree that halves the units at each step: every coefficient is a sum of positive
-- terms, so nothing cancels.
create function kycuong.without(others float8[], taken float8[], spared float8[]) returns float8[]
language plpgsql immutable as $$
declare
    middle int := array_length(taken, 1) / 2;
begin
    if middle = 0 then
        return array[others[array_length(others, 1)]];
    end if;
    return kycuong.without(kycuong.times(others, taken[middle + 1 :], spared[middle + 1 :]),
                           taken[: middle], spared[: middle])
        || kycuong.without(kycuong.times(others, taken[: middle], spared[: middle]),
                           taken[middle + 1 :], spared[middle + 1 :]);
end $$;

-- π(T) of a design and P(S = n), for thresholds in hexadecimal or 'certain' (§6, property 2).
create function kycuong.design(thresholds text[], n int, out probabilities float8[], out size_probability float8)
language plpgsql immutable as $$
declare
    wanted int := n - coalesce(array_length(array_positions(thresholds, 'certain'), 1), 0);
    taken float8[];
    spared float8[];
    alone float8[];
begin
    select array_agg(t::float8 / 2 ^ 64 order by i), array_agg((2 ^ 64::numeric - t)::float8 / 2 ^ 64 order by i)
    into taken, spared
    from unnest(thresholds) with ordinality as listed (threshold, i), kycuong.number(threshold) as t
    where threshold <> 'certain';
    if taken is null then
        size_probability := 1;
    else
        alone := kycuong.without(1::float8 || array_fill(0::float8, array[wanted - 1]), taken, spared);
        -- Each sample of n' units is counted here once for each of its units.
        size_probability := (select sum(a * p) / wanted from unnest(alone, taken) as units (a, p));
    end if;
    select array_agg(
        case when threshold = 'certain' then 1 else taken[place] * alone[place] / size_probability end order by i)
    into probabilities
    from (select threshold, i, count(*) filter (where threshold <> 'certain') over (order by i) as place
          from unnest(thresholds) with ordinality as listed (threshold, i)) as placed;
end $$;

-- §6, property 3.
create function kycuong.max_attempts(size_probability float8) returns numeric language sql immutable as
$$ select case when size_probability >= 1 then 1
               else greatest(1, ceil(128 * ln(2::float8) / -ln(1 - size_probability))) end::numeric $$;

-- §9: the chance to be spared on one of `days`, times 2⁶⁴, to a double; that of a certain unit is all but 2⁶⁴.
create function kycuong.survival(probability float8, days bigint) returns float8 language sql immutable as
$$ select case when probability = 1 then 2 ^ 64
               else greatest(1, power(1 - probability, 1 / days::float8) * 2 ^ 64) end $$;

create function kycuong.thresholds_hold(thresholds text[], n int) returns boolean language sql immutable as
$$ select abs(sum(case when t = 'certain' then 18446744073709551616 else kycuong.number(t) end)
              - n * 18446744073709551616) * 1000000 <= n * 18446744073709551616
          and case when n = count(*) then bool_and(t = 'certain') else count(*) filter (where t = 'certain') < n end
   from unnest(thresholds) as t $$;

create function kycuong.check_designs(frame jsonb) returns table (field text, problem text)
language plpgsql immutable as $$
declare
    floor numeric := frame ->> 'floor';
    cap numeric := frame ->> 'cap';
    strata jsonb := frame -> 'strata';
    sizes int[];
begin
    if frame ->> 'allocation' = 'largest remainder' then
        sizes := kycuong.allocate(
            array(select unit ->> 'score' from jsonb_array_elements(strata) with ordinality as strata (stratum, h),
                         jsonb_array_elements(stratum -> 'units') with ordinality as units (unit, i) order by h, i
            )::numeric[],
            array(select jsonb_array_length(stratum -> 'units')
                  from jsonb_array_elements(strata) with ordinality as listed (stratum, h) order by h),
            (frame -> 'n')::int, floor, cap);
        if sizes is distinct from kycuong.texts(strata, 'n')::int[] then
            return query select 'allocation', coalesce('must be ' || sizes::text, 'cannot be made: the cap forbids it');
        end if;
    end if;
    return query select checked.* from jsonb_array_elements(strata) as stratum,
                                       kycuong.check_design(stratum, frame -> 'calendar', floor, cap) as checked;
end $$;

create function kycuong.check_design(stratum jsonb, calendar jsonb, floor numeric, cap numeric)
returns table (field text, problem text) language plpgsql immutable as $$
declare
    n int := stratum -> 'n';
    units jsonb := stratum -> 'units';
    thresholds text[] := kycuong.texts(units, 'threshold');
    wanted float8[] := kycuong.inclusion(kycuong.texts(units, 'score')::numeric[], n, floor, cap);
    reached float8[];
    size_probability float8;
begin
    if not kycuong.thresholds_hold(thresholds, n) then
        return query select 'thresholds', format('of stratum %s do not sum to %s times 2^64', stratum ->> 'name', n);
        return;
    end if;
    select * into reached, size_probability from kycuong.design(thresholds, n);
    return query select 'max_attempts', format('of stratum %s must be %s', stratum ->> 'name', most)
        from kycuong.max_attempts(size_probability) as most where abs((stratum -> 'max_attempts')::numeric - most) > 1;
    if wanted is null then
        return query select 'probabilities', format('of stratum %s: the cap forbids %s units', stratum ->> 'name', n);
        return;
    end if;
    return query select 'probabilities', format('of unit %s: thresholds give %s, its score %s', unit ->> 'code', a, b)
        from jsonb_array_elements(units) with ordinality as listed (unit, i), lateral (values (reached[i], wanted[i]))
             as chances (a, b) where abs(a / b - 1) > 1e-9 order by i limit 1;
    if calendar <> 'null' then
        return query select 'survival', format('of unit %s does not follow', unit ->> 'code')
            from jsonb_array_elements(units) with ordinality as listed (unit, i),
                 lateral (select count(distinct session ->> 'date') as days
                          from jsonb_array_elements(calendar -> 'sessions') as session
                          where unit -> 'sessions' ? (session ->> 'kind')) as admitted
            where abs(kycuong.number(unit ->> 'survival')::float8 - kycuong.survival(wanted[i], days)) > 1e-9 * 2 ^ 64;
    end if;
end $$;

-- ---------------------------------------------------------------- the sample, §8

-- What is hashed for a unit in an attempt, up to its code.
create function kycuong.draw_head(stratum text, attempt bigint) returns bytea language sql immutable as
$$ select kycuong.sized(stratum) || substring(int8send(attempt) from 5) $$;

-- Which units of a stratum are taken and at which attempt; null where every attempt fails.
create function kycuong.draw_stratum(stratum jsonb, key bytea, out codes text[], out attempts bigint)
language plpgsql immutable as $$
declare
    inner_block bytea := kycuong.hmac_block(key, 54);
    outer_block bytea := kycuong.hmac_block(key, 92);
    head bytea;
    named text[] := kycuong.texts(stratum -> 'units', 'code');
    messages bytea[];
    limits bytea[];
begin
    -- Eight bytes compare as the integers that they are; a certain unit is below a limit that is longer than they are.
    select array_agg(kycuong.sized(unit ->> 'code') order by i),
           array_agg(decode(case when unit ->> 'threshold' = 'certain' then repeat('f', 18)
                                 else unit ->> 'threshold' end, 'hex') order by i)
    into messages, limits
    from jsonb_array_elements(stratum -> 'units') with ordinality as listed (unit, i);
    for attempt in 1 .. (stratum -> 'max_attempts')::bigint loop
        head := inner_block || kycuong.draw_head(stratum ->> 'name', attempt);
        select array_agg(code) into codes
        from unnest(named, messages, limits) as units (code, message, threshold)
        where substring(sha256(outer_block || sha256(head || message)) for 8) < threshold;
        if array_length(codes, 1) = (stratum -> 'n')::int then
            attempts := attempt;
            return;
        end if;
    end loop;
    codes := null;
end $$;

-- ---------------------------------------------------------------- the dates, §9

-- The weights of `count` dates for a unit of a survival.
create function kycuong.date_weights(survival numeric, count int) returns numeric[] language plpgsql immutable as $$
declare
    weights numeric[] := array[18446744073709551616];
begin
    for d in 2 .. count loop
        weights[d] := greatest(1, div(weights[d - 1] * survival, 18446744073709551616));
    end loop;
    return weights;
end $$;

-- The place of the session that a unit chooses for its group by its hash, null where all are full.
create function kycuong.choose_session(unit jsonb, members jsonb[], sessions jsonb, entered int[], hash bytea)
returns int language plpgsql immutable as $$
declare
    x numeric := kycuong.number(substr(encode(hash, 'hex'), 33, 16)) * 18446744073709551616
               + kycuong.number(substr(encode(hash, 'hex'), 49, 16));
    weights numeric[] := kycuong.date_weights(kycuong.number(unit ->> 'survival'), jsonb_array_length(sessions));
    chosen int;
begin
    with admitted as (
        select i::int as place, session ->> 'date' as date, (session -> 'capacity')::bigint as capacity
        from jsonb_array_elements(sessions) with ordinality as listed (session, i)
        where (select bool_and(member -> 'sessions' ? (session ->> 'kind')) from unnest(members) as member)
    ), numbered as (
        select place, capacity, count(*) over (partition by date) as worked, dense_rank() over (order by date) as day
        from admitted
    ), added as (
        select place, sum(weights[day] * case worked when 2 then 1 else 2 end) over (order by place) as reached
        from numbered where entered[place] < capacity
    )
    select min(place) into chosen from added
    where reached > div(x * (select max(reached) from added), 340282366920938463463374607431768211456);
    return chosen;
end $$;

-- [{code, date, session}] of drawn units in canonical order, or null where one of them finds no room.
create function kycuong.date_units(drawn jsonb[], sessions jsonb, key bytea) returns jsonb
language plpgsql immutable as $$
declare
    entered int[] := array_fill(0, array[jsonb_array_length(sessions)]);
    chosen jsonb := '{}';
    members jsonb[];
    place int;
    item record;
begin
    for item in select unit, hash from unnest(drawn) as unit, kycuong.hmac(key, kycuong.sized(unit ->> 'code')) as hash
                order by substring(hash for 16), unit ->> 'code' collate "C" loop
        continue when chosen ? (item.unit ->> 'code');
        members := array(
            select other from unnest(drawn) as other
            where other -> 'code' = item.unit -> 'code' or other ->> 'compound' = item.unit ->> 'compound');
        place := kycuong.choose_session(item.unit, members, sessions, entered, item.hash);
        if place is null then
            return null;
        end if;
        entered[place] := entered[place] + array_length(members, 1);
        chosen := chosen || (select jsonb_object_agg(member ->> 'code', place - 1) from unnest(members) as member);
    end loop;
    return jsonb_agg(jsonb_build_object('code', code, 'date', session -> 'date', 'session', session -> 'session')
                     order by code collate "C")
    from jsonb_each(chosen) as visits (code, at), lateral (select sessions -> at::int as session) as s;
end $$;

-- ---------------------------------------------------------------- all together, §11

create function kycuong.check_draw(record jsonb) returns table (field text, problem text)
language plpgsql immutable as $$
declare
    frame jsonb := record -> 'frame';
    seed bytea := decode(record ->> 'seed', 'hex');
    draw_key bytea := kycuong.subkey(seed, 'draw');
    sample text[] := '{}';
    needed jsonb := '{}';
    drawn jsonb[];
    visits jsonb := 'null';
    stratum jsonb;
    draw record;
begin
    for stratum in select value from jsonb_array_elements(frame -> 'strata') loop
        select * into draw from kycuong.draw_stratum(stratum, draw_key);
        if draw.attempts is null then
            return query select 'sample', 'cannot be drawn: no attempt takes the number of units that it must';
            return;
        end if;
        sample := sample || draw.codes;
        needed := needed || jsonb_build_object(stratum ->> 'name', draw.attempts);
    end loop;
    if (select jsonb_agg(code order by code collate "C") from unnest(sample) as code) <> record -> 'sample' then
        return query select 'sample', 'is not what the seed and the thresholds draw';
    end if;
    if needed <> record -> 'attempts' then
        return query select 'attempts', 'are not those that the draw takes';
    end if;
    if frame -> 'calendar' <> 'null' then
        drawn := array(select unit from jsonb_array_elements(frame -> 'strata') as part,
                                        jsonb_array_elements(part -> 'units') as unit
                       where unit ->> 'code' = any (sample));
        visits := kycuong.date_units(drawn, frame #> '{calendar,sessions}', kycuong.subkey(seed, 'dates'));
    end if;
    if visits is null then
        return query select 'dates', 'cannot be given: a unit finds every session full';
    elsif visits <> record -> 'dates' then
        return query select 'dates', 'are not those that the seed gives';
    end if;
end $$;

-- Checks the text of a record, as it stands in its file.
create function kycuong.verify(content text) returns table (field text, problem text) language plpgsql stable as $$
declare
    document json;
    record jsonb;
    designs record;
    sound boolean := true;
begin
    begin
        document := content::json;
        perform kycuong.canonical(document);
        record := document::jsonb;
    exception when data_exception or program_limit_exceeded then
        return query select 'record', 'is not JSON that can be read here: ' || sqlerrm;
        return;
    end;
    perform kycuong.check_fields(record);
    perform kycuong.check_frame(record -> 'frame');
    return query select * from kycuong.check_links(document, record);
    for designs in select * from kycuong.check_designs(record -> 'frame') loop
        field := designs.field;
        problem := designs.problem;
        return next;
        sound := sound and field <> 'thresholds';
    end loop;
    if sound then
        return query select * from kycuong.check_draw(record);
    end if;
exception when sqlstate 'KC001' then
    problem := sqlerrm;
    get stacked diagnostics field = pg_exception_detail;
    return next;
end $$;
