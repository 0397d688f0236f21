import { describe, expect, it } from 'vitest';
import { defaultConfigFolder, defaultDataFolder } from './default-folders.ts';

describe('default folders', () => {
  it("are the system's for root, whatever the environment says", () => {
    expect(defaultDataFolder({ HOME: '/root', XDG_DATA_HOME: '/root/x' }, 0)).toBe('/var/lib/zveno');
    expect(defaultConfigFolder({ HOME: '/root' }, 0)).toBe('/etc/zveno');
  });

  it('lie below the home of an ordinary account, or where its environment says', () => {
    expect(defaultDataFolder({ HOME: '/home/ира' }, 1000)).toBe('/home/ира/.local/share/zveno');
    expect(defaultConfigFolder({ HOME: '/home/ира' }, 1000)).toBe('/home/ира/.config/zveno');
    expect(defaultDataFolder({ HOME: '/h', XDG_DATA_HOME: '/d' }, 1000)).toBe('/d/zveno');
    expect(defaultConfigFolder({ HOME: '/h', XDG_CONFIG_HOME: '/c' }, 1000)).toBe('/c/zveno');
  });

  it('ignore a relative or empty XDG folder and an empty HOME', () => {
    expect(defaultDataFolder({ HOME: '/h', XDG_DATA_HOME: 'd' }, 1000)).toBe('/h/.local/share/zveno');
    expect(defaultDataFolder({ HOME: '', XDG_DATA_HOME: '' }, 1000)).toMatch(/^\/.+\/\.local\/share\/zveno$/);
  });

  it('never put the master key below the data', () => {
    for (const uid of [0, 1000]) expect(defaultConfigFolder({ HOME: '/h' }, uid).startsWith(defaultDataFolder({ HOME: '/h' }, uid))).toBe(false);
  });
});
