import { describe, expect, it } from 'vitest';
import { chooseServerUser } from './server-user.ts';

const accounts = 'root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104::/var/lib/postgresql:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n';

describe("the server's account", () => {
  it('is the current one unless that is root', () => expect(chooseServerUser('/none', 1000, accounts)).toBeUndefined());

  it('is for root the first that the machine has, never root itself', () => {
    expect(chooseServerUser('/none', 0, accounts)).toEqual({ uid: 101, gid: 104 });
    expect(chooseServerUser('/none', 0, accounts.replace('postgres', 'other'))).toEqual({ uid: 65_534, gid: 65_533 });
    expect(chooseServerUser('/none', 0, '')).toEqual({ uid: 65_534, gid: 65_534 });
    expect(chooseServerUser('/none', 0, 'postgres:x:0:0::/:/bin/sh\nnobody\n')).toEqual({ uid: 65_534, gid: 65_534 });
  });
});
