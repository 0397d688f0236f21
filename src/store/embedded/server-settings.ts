/** The arguments of the server program. Settings live here and not in a file, so that a restart always runs what this version means. */
export type ServerSettings = Readonly<Record<string, string>>;

export interface ServerArguments {
  readonly clusterFolder: string;
  /** Shown by every process of the server, and how a live one is recognised from outside. */
  readonly name: string;
  readonly socketFolder: string;
  readonly port: number;
  readonly tcp: boolean;
  readonly durable: boolean;
  readonly settings: ServerSettings;
}

/** Sized for a trial on a small machine; whoever outgrows them has a server of his own. */
const defaults: ServerSettings = {
  shared_buffers: '128MB',
  max_connections: '100',
  max_wal_size: '1GB',
  min_wal_size: '80MB',
  checkpoint_completion_target: '0.9',
  wal_compression: 'pglz',
  wal_level: 'replica',
  max_wal_senders: '0',
  random_page_cost: '1.1',
  autovacuum_naptime: '10s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Refused statements come back to the platform, which knows what may be shown; here they would put values of messages into a file.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

export function serverArguments(wanted: ServerArguments): readonly string[] {
  const all = { ...defaults, ...wanted.settings, ...fixed(wanted) };
  return ['-D', wanted.clusterFolder, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The promise of no loss and the promise of privacy rest on these; nobody's settings may change them. */
function fixed({ name, socketFolder, port, tcp, durable }: ServerArguments): ServerSettings {
  return {
    fsync: onOff(durable),
    full_page_writes: onOff(durable),
    synchronous_commit: 'on',
    listen_addresses: tcp ? '127.0.0.1' : '',
    port: String(port),
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    password_encryption: 'scram-sha-256',
    cluster_name: name,
    update_process_title: 'on',
    lc_messages: 'C',
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgresql-%a.log',
    log_truncate_on_rotation: 'on',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    log_file_mode: '0600',
  };
}

const onOff = (value: boolean): string => (value ? 'on' : 'off');
