import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { profileOptions } from './profile-words.ts';

function words(...args: readonly string[]): object {
  return profileOptions(new Command()).parse(args, { from: 'user' }).opts();
}

describe('what is said of the profiles of a member on the command line', () => {
  it('is nothing unless it is said', () => {
    expect(words()).toEqual({});
  });

  it('is taken as it is, empty texts too', () => {
    expect(words('--display-name', 'East, Basel', '--member-id', '', '--provider-cluster', '{}')).toEqual({
      ...{ displayName: 'East, Basel', memberId: '', providerCluster: '{}' },
    });
  });

  it.each<[readonly string[], readonly string[] | false]>([
    [
      ['--provider', 'google', '--provider', 'aws'],
      ['google', 'aws'],
    ],
    [['--provider', ''], ['']],
    [['--no-provider'], false],
    [['--no-provider', '--provider', 'google'], ['google']],
    [['--provider', 'google', '--no-provider'], false],
  ])('%s names providers, the last word counting', (args, provider) => {
    expect(words(...args)).toEqual({ provider });
  });
});
