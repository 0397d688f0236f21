import { expect, test } from 'vitest';
import { entityTag, isKnown } from './entity-tag.ts';
import { wantedVersion } from './if-match.ts';

test('a tag changes with the answer, and keeps the version that If-Match asks for', () => {
  const [one, other] = [entityTag('{"a":1}', '"3"'), entityTag('{"a":2}', '"3"')];
  expect(one).not.toBe(other);
  expect([wantedVersion(one), wantedVersion(other), wantedVersion('"3"'), wantedVersion('3')]).toEqual([3, 3, 3, 3]);
  expect(entityTag('{}', undefined)).toMatch(/^"[\w-]{16}"$/);
});

test('what the caller has is known among several, weakly too, and not otherwise', () => {
  const tag = entityTag('{}', undefined);
  expect([isKnown(tag, tag), isKnown(`"x", W/${tag}`, tag), isKnown('*', tag)]).toEqual([true, true, true]);
  expect([isKnown('"x"', tag), isKnown(undefined, tag)]).toEqual([false, false]);
});
