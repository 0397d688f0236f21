import { describe, expect, it } from 'vitest';
import { readSql } from './sql-text.ts';

describe('a custom statement', () => {
  it.each([
    ['SELECT :a, {b}, :a', 'SELECT $1, $2, $1', ['a', 'b']],
    ["SELECT ':a', \"x:b\", E'\\':c', $$ :d $$, $q$ {e} $q$ -- :f\n, /* :g /* {h} */ */ :i", "SELECT ':a', \"x:b\", E'\\':c', $$ :d $$, $q$ {e} $q$ -- :f\n, /* :g /* {h} */ */ $1", ['i']],
    ['SELECT :a::int, x::text, arr[1:2], b[i:j]', 'SELECT $1::int, x::text, arr[1:2], b[i:j]', ['a']],
    ['SELECT {номер};', 'SELECT $1', ['номер']],
    ['UPDATE t SET a=:a WHERE b=:b', 'UPDATE t SET a=$1 WHERE b=$2', ['a', 'b']],
  ])('%s binds its placeholders', (sql, text, names) => {
    expect(readSql(sql)).toMatchObject({ text, names });
  });

  it.each([
    ['SELECT 1', true], ['  (SELECT 1)', true], ['WITH x AS (SELECT 1) SELECT * FROM x', true], ['SHOW x', true], ["SELECT 'DELETE'", true], ['SELECT "update" FROM t', true],
    ['INSERT INTO t VALUES (1)', false], ['WITH d AS (DELETE FROM t WHERE a=1 RETURNING *) SELECT * FROM d', false], ['SELECT 1 INTO t', false], ['EXPLAIN ANALYZE SELECT 1', false], ['SELECT * FROM t FOR UPDATE', false], ['CALL f()', false],
  ])('%s only reads: %s', (sql, reads) => {
    expect(readSql(sql).reads).toBe(reads);
  });

  it.each([
    'DELETE FROM t', 'delete from t', 'DELETE/**/FROM t -- WHERE', "DELETE FROM t RETURNING 'WHERE'", 'UPDATE t SET a = 1', 'UPDATE t SET a = (SELECT b FROM x WHERE c = 1)', 'UPDATE ONLY t SET "WHERE" = 1',
    'WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d WHERE true', 'EXPLAIN ANALYZE DELETE FROM t', 'WITH x AS (SELECT 1 WHERE true) DELETE FROM t',
  ])('%s touches a whole table and is refused', (sql) => {
    expect(() => readSql(sql)).toThrow(expect.objectContaining({ code: 'connection.conditionMissing' }));
  });

  it.each([
    'DELETE FROM t WHERE a = 1', 'UPDATE t SET a = (SELECT 1) WHERE b = 2', 'INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1', 'SELECT * FROM t FOR NO KEY UPDATE',
    'MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED THEN DO NOTHING',
  ])('%s has its condition', (sql) => {
    expect(readSql(sql).text).toBe(sql);
  });

  it.each(['', ' -- nothing', ';', 'COMMIT', 'begin', 'ROLLBACK', 'SAVEPOINT x', 'COPY t FROM STDIN', 'DO $$ BEGIN DELETE FROM t; END $$', 'TRUNCATE t', 'SET x = 1', 'SELECT 1; DELETE FROM t WHERE a=1', 'SELECT $1', "SELECT 'open", 'SELECT /* open', 'SELECT "open', 'SELECT {1}', 'x'.repeat(100_001)])('%j is refused', (sql) => {
    expect(() => readSql(sql)).toThrow(expect.objectContaining({ code: 'connection.statementRefused' }));
  });
});
