import { describe, expect, it } from 'vitest';
import { serverArguments } from './server-settings.ts';

const wanted = { clusterFolder: '/d/postgresql', name: 'zveno_x', socketFolder: '/d/run', port: 5432, tcp: false, durable: true, settings: {} };

describe('the arguments of the server', () => {
  it('let nobody weaken durability, privacy or the way the server is recognised', () => {
    const hostile = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', listen_addresses: '*', password_encryption: 'md5', cluster_name: 'other', unix_socket_permissions: '0777' };
    expect(serverArguments({ ...wanted, settings: hostile })).toEqual(expect.arrayContaining(serverArguments(wanted).filter((argument) => /^(fsync|synchronous_commit|full_page_writes|listen_addresses|password_encryption|cluster_name|unix_socket_permissions)=/.test(argument))));
    for (const [name, value] of Object.entries(hostile)) expect(serverArguments({ ...wanted, settings: hostile })).not.toContain(`${name}=${value}`);
  });

  it('take other settings over ours', () => expect(serverArguments({ ...wanted, settings: { shared_buffers: '64MB' } })).toContain('shared_buffers=64MB'));

  it('open TCP only on the loopback address', () => expect(serverArguments({ ...wanted, tcp: true })).toContain('listen_addresses=127.0.0.1'));
});
