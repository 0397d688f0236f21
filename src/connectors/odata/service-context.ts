/** What the parts of the connector are given: the connection as it was configured. */
import type { ConnectionContext, SpecValues } from '../../sdk/index.ts';
import type { connection } from './spec.ts';

export type Connection = SpecValues<typeof connection>;
export type ServiceContext = ConnectionContext<Connection>;
