-- title: Questions to sites as threads
-- meaning: one row per question (site, export, key, rule, column): its state, when it came up, was asked and was first
--   answered, until when an answer is due, and who looks after it
-- definition: opened: never asked. sent: asked, and not answered since. answered: the site has answered, and nobody has
--   closed it. accepted: closed by hand. reopened: it came back, or was reopened by hand, and was not asked again.
--   resolved: no longer open without an answer. An acceptance closes the entries that it names: another one is asked
-- care: an answer is dated by the arrival of its sheet. Of the refused ones, only those count that were right until the
--   row changed ($overtaken). Late means due before $as_of, so nothing here reads the clock
-- reads: quality.quarantine, quality.resolved, quality.answers, raw.answers, meta.deliveries, thread_events (archive/threads.ndjson)
WITH entry AS (
    SELECT
        thread_of_entry(site, export, key, rule_id, column_name, "row") AS thread, site, export,
        key_as_delivered(key, "row") AS key, rule_id, column_name, entry_id, answer, CAST(left(first_seen, 19) AS TIMESTAMP) AS seen_at
    FROM quality.quarantine
), arrival AS (
    SELECT load_id, min(CAST(left(arrived_at, 19) AS TIMESTAMP)) AS arrived_at FROM meta.deliveries GROUP BY load_id
), gone AS (
    SELECT
        thread_of_entry(r.site, r.export, key, rule_id, column_name, "row") AS thread, r.site, r.export,
        key_as_delivered(key, "row") AS key, rule_id, column_name,
        CAST(left(first_seen, 19) AS TIMESTAMP) AS seen_at, a.arrived_at AS resolved_at
    FROM quality.resolved r LEFT JOIN arrival a ON a.load_id = r.resolved_load_id
), answer AS (
    SELECT
        thread_of(r.site, r.export, r.key, r.rule_id, r.column_name) AS thread, r.site, r.export, r.key, r.rule_id,
        nullif(r.column_name, '') AS column_name, r.entry_id, CAST(left(d.arrived_at, 19) AS TIMESTAMP) AS arrived_at
    FROM raw.answers r
    JOIN meta.deliveries d USING (load_no)
    JOIN quality.answers a ON a.site = d.site AND a.delivery = d.delivery AND a.line = r.line
    WHERE a.export IS NOT NULL AND a.key IS NOT NULL AND a.rule_id IS NOT NULL
      AND (a.status <> 'refused' OR a.reason = $overtaken)
), place AS (
    SELECT thread, site, export, key, rule_id, column_name FROM entry
    UNION ALL SELECT thread, site, export, key, rule_id, column_name FROM gone
    UNION ALL SELECT thread, site, export, key, rule_id, column_name FROM answer
    UNION ALL SELECT thread, site, export, key, rule_id, nullif(column_name, '') FROM thread_events
), thread AS (
    SELECT
        thread, min(site) AS site, min(export) AS export, min(key) AS key, min(rule_id) AS rule_id,
        min(column_name) AS column_name
    FROM place GROUP BY thread
), decided AS (
    SELECT
        thread, arg_max(action, n) AS action, arg_max(happened_at, n) AS decided_at, arg_max(said_by, n) AS decided_by,
        arg_max(entries, n) AS entries
    FROM thread_events WHERE action IN ('accepted', 'reopened') GROUP BY thread
), judged AS (
    SELECT
        e.thread, e.seen_at,
        answer IS NULL
            AND NOT coalesce(d.action = 'accepted' AND list_contains(d.entries, e.entry_id), false) AS is_asked
    FROM entry e LEFT JOIN decided d USING (thread)
), open AS (
    SELECT
        thread, min(seen_at) AS seen_at, count(*) FILTER (is_asked) AS n_asked,
        min(seen_at) FILTER (is_asked) AS asked_since
    FROM judged GROUP BY thread
), was_open AS (
    SELECT thread, min(seen_at) AS seen_at, max(resolved_at) AS resolved_at FROM gone GROUP BY thread
), sent AS (
    SELECT thread, min(happened_at) AS sent_at, max(happened_at) AS last_sent_at
    FROM thread_events WHERE action = 'sent' GROUP BY thread
), replied AS (
    SELECT
        a.thread, min(arrived_at) AS answered_at, max(arrived_at) AS last_answered_at,
        count(*) FILTER (d.action = 'accepted' AND NOT list_contains(d.entries, a.entry_id)) AS n_since_accepted
    FROM answer a LEFT JOIN decided d USING (thread) GROUP BY a.thread
), looked_after AS (
    SELECT thread, arg_max(assigned_to, n) AS assignee FROM thread_events WHERE action = 'assigned' GROUP BY thread
), joined AS (
    SELECT
        t.*, least(o.seen_at, w.seen_at) AS opened_at, s.sent_at, s.last_sent_at, r.answered_at, r.n_since_accepted, w.resolved_at,
        d.action AS last_decision, d.decided_at, d.decided_by, nullif(l.assignee, '') AS assignee,
        coalesce(o.n_asked, 0) > 0 AS has_open_entry,
        d.action = 'reopened' AND coalesce(r.last_answered_at <= d.decided_at, true)
            AND coalesce(o.thread IS NOT NULL OR w.resolved_at <= d.decided_at, true) AS is_reopened_by_hand,
        -- when it came up anew: by hand, or because an entry came after an answer, an end or an acceptance
        greatest(
            CASE WHEN d.action = 'reopened' THEN d.decided_at END,
            CASE
                WHEN o.asked_since IS NULL THEN NULL
                WHEN d.action = 'accepted' THEN greatest(d.decided_at, o.asked_since)
                WHEN r.answered_at <= o.asked_since OR w.resolved_at <= o.asked_since THEN o.asked_since
            END
        ) AS reopened_at
    FROM thread t
    LEFT JOIN open o USING (thread)
    LEFT JOIN was_open w USING (thread)
    LEFT JOIN sent s USING (thread)
    LEFT JOIN replied r USING (thread)
    LEFT JOIN decided d USING (thread)
    LEFT JOIN looked_after l USING (thread)
), due AS (
    SELECT
        e.thread, arg_max(e.due, e.n) FILTER (e.happened_at >= coalesce(j.reopened_at, e.happened_at)) AS due,
        arg_max(e.due, e.n) FILTER (e.happened_at <= j.answered_at) AS due_when_answered
    FROM thread_events e JOIN joined j USING (thread) WHERE e.due IS NOT NULL GROUP BY e.thread
), told AS (
    SELECT
        j.*, d.due, d.due_when_answered,
        has_open_entry OR coalesce(is_reopened_by_hand, false) AS is_open,
        coalesce(last_sent_at >= coalesce(reopened_at, last_sent_at), false) AS is_sent
    FROM joined j LEFT JOIN due d USING (thread)
)
SELECT
    thread, site, export, key, rule_id, column_name,
    CASE
        WHEN is_open AND is_sent THEN 'sent'
        WHEN is_open AND reopened_at IS NOT NULL THEN 'reopened'
        WHEN is_open THEN 'opened'
        WHEN last_decision = 'accepted' AND coalesce(n_since_accepted, 0) = 0 THEN 'accepted'
        WHEN answered_at IS NOT NULL THEN 'answered'
        ELSE 'resolved'
    END AS state,
    is_open, has_open_entry, opened_at, sent_at, answered_at, resolved_at, reopened_at, decided_at, decided_by, due,
    assignee,
    is_open AND coalesce(due < $as_of, false) AS is_late,
    coalesce(CAST(answered_at AS DATE) > due_when_answered, false) AS is_answered_late,
    CASE WHEN sent_at <= answered_at THEN date_diff('day', sent_at, answered_at) END AS days_to_answer
FROM told
