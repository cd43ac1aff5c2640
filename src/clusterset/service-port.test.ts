import { describe, expect, it } from 'vitest';
import { parseServicePorts, toImportPort } from './service-port.ts';

describe('parseServicePorts', () => {
  it.each([0, 65_536, 1.5, '80', null, 80n])('leaves out port number %s', (port) => {
    expect(parseServicePorts([{ port }])).toEqual([]);
  });

  it.each([1, 65_535])('reads port number %s', (port) => {
    expect(parseServicePorts([{ port }]).map((item) => item.port)).toEqual([port]);
  });

  it('leaves out ports whose name or protocol no cluster would accept', () => {
    const items = [{ port: 80, name: 'A B' }, { port: 80, name: 7 }, { port: 80, protocol: 'ICMP' }, null, 'x', []];
    expect(parseServicePorts(items)).toEqual([]);
    expect(parseServicePorts([{ port: 80, name: 'a'.repeat(63) }])).toHaveLength(1);
    expect(parseServicePorts([{ port: 80, name: 'a'.repeat(64) }])).toEqual([]);
  });

  it('reads no ports from anything that is no list', () => {
    expect(parseServicePorts({ port: 80 })).toEqual([]);
    expect(parseServicePorts(undefined)).toEqual([]);
  });
});

describe('toImportPort', () => {
  it('always says the protocol and nothing that is absent', () => {
    expect(parseServicePorts([{ port: 80 }]).map(toImportPort)).toEqual([{ protocol: 'TCP', port: 80 }]);
    expect(
      parseServicePorts([{ port: 53, protocol: 'UDP', name: 'dns', appProtocol: 'x', nodePort: 3 }]).map(toImportPort),
    ).toEqual([{ name: 'dns', protocol: 'UDP', appProtocol: 'x', port: 53 }]);
  });
});
