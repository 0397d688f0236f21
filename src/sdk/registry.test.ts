import { describe, expect, it } from 'vitest';
import type { ConnectorDefinition } from './connector.ts';
import { createRegistry } from './registry.ts';

const named = (name: string): ConnectorDefinition => ({
  name, title: { ru: name, en: name }, about: { ru: name, en: name }, verification: 'L0', connection: {}, operations: {},
  open: () => ({ close: async () => undefined }),
  async *check() { /* there is nothing to test */ },
});

describe('the registry', () => {
  it('gives built-in and installed connectors alike, by name', () => {
    const registry = createRegistry([named('sql'), named('http-in')]);
    registry.install(named('acme'));
    expect(registry.list().map((each) => each.name)).toEqual(['acme', 'http-in', 'sql']);
    expect([registry.get('acme')?.name, registry.get('nobody')]).toEqual(['acme', undefined]);
    expect([registry.remove('acme'), registry.remove('acme'), registry.get('acme')]).toEqual([true, false, undefined]);
  });

  it('replaces an installed connector, never a built-in one', () => {
    const registry = createRegistry([named('sql')]);
    const second = named('acme');
    registry.install(named('acme'));
    registry.install(second);
    expect(registry.get('acme')).toBe(second);
    expect(() => registry.install(named('sql'))).toThrow('built in');
    expect(registry.remove('sql')).toBe(false);
    expect(() => createRegistry([named('a'), named('a')])).toThrow('one name');
  });
});
