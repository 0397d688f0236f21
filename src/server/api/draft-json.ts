/** A draft as the API shows it, with what was published meanwhile. */
import type { ConfigurationStore } from '../../core/configuration/configuration-store.ts';
import type { Draft } from '../../core/configuration/draft.ts';
import type { StoredObject } from '../../core/configuration/plan.ts';
import type { Lang } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';
import { outdatedBy } from '../../engine/publish-drafts.ts';

export async function draftJson(store: ConfigurationStore, draft: Draft, stored: readonly StoredObject[], lang: Lang): Promise<ValueObject> {
  const { kind, name, base, owner, edit, begunAt, changedAt, source } = draft;
  const outdated = await outdatedBy(store, draft, stored);
  const { version = 0, by = '?', at = '?' } = outdated?.parameters ?? {};
  return { kind, name, base, owner, edit, begunAt, changedAt, deletes: source === null, yaml: source, outdated: outdated === null ? null : { version, by, at, text: outdated.text(lang) } };
}
