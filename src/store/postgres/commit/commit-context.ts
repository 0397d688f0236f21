/** What a commit works with. */
import type { CrashPoints, Random } from '../../../core/ports.ts';
import type { TemplateCatalogue } from '../../../core/template.ts';
import type { StoreFaults } from '../faults.ts';
import type { Lanes } from '../lanes.ts';
import type { ConnectionSettings } from '../pool.ts';
import type { RecordTables } from '../record-tables.ts';
import type { LostCommitContext } from './lost-commit.ts';

export interface CommitContext extends LostCommitContext {
  /** For a session of its own. */
  connection: ConnectionSettings;
  lanes: Lanes;
  random: Random;
  records: RecordTables;
  templates: () => TemplateCatalogue;
  crashPoints: CrashPoints;
  faults: StoreFaults;
}
