import { describe, expect, test } from 'vitest';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import type { Acknowledgement } from '../../core/alertmanager/silence.ts';
import { at, config, MINUTE, matchers, play, silence } from './timeline.ts';

const A = '{alertname="Down", name="a", host="h1"}';
const B = '{alertname="Down", name="b", host="h2"}';
const C = '{alertname="Full", name="c", host="h1"}';

describe('an alert', () => {
  test('is told when it fires and when it is over, each once', () => {
    expect(play({ [A]: '..###...' })).toEqual(['2 pager: +a', '5 pager: -a']);
  });

  test('that comes back is told anew', () => {
    expect(play({ [A]: '#..#..' })).toEqual([
      '0 pager: +a',
      '1 pager: -a',
      '3 pager: +a',
      '4 pager: -a',
    ]);
  });

  test('is not told to be over to a receiver that does not want to know', () => {
    expect(play({ [A]: '##.' }, { config: config({}, {}, ['pager']) })).toEqual(['0 pager: +a']);
  });

  test('is repeated while it fires', () => {
    expect(play({ [A]: '#######.' }, { config: config({ repeatIntervalMs: 3 * MINUTE }) })).toEqual(
      ['0 pager: +a', '3 pager again: (+a)', '6 pager again: (+a)', '7 pager: -a'],
    );
  });
});

describe('a group', () => {
  test('is alerts that agree in the labels grouped by; what is new comes first', () => {
    expect(play({ [A]: '####.', [B]: '.##..', [C]: '.#...' })).toEqual([
      '0 pager: +a',
      '1 pager: +b (+a)',
      '1 pager: +c',
      '2 pager: -c',
      '3 pager: (+a) -b',
      '4 pager: -a',
    ]);
  });

  test('waits for others to join, and then a while between messages', () => {
    const slow = config({ groupWaitMs: 2 * MINUTE, groupIntervalMs: 5 * MINUTE });
    expect(play({ [A]: '##########', [B]: '.#########', [C]: '#.' }, { config: slow })).toEqual([
      '2 pager: +a +b',
    ]);
    expect(play({ [A]: '##########', [B]: '...#######' }, { config: slow })).toEqual([
      '2 pager: +a',
      '7 pager: +b (+a)',
    ]);
  });

  test('that has told nobody for longer than it waits tells at once what joins it', () => {
    const slow = config({ groupIntervalMs: 5 * MINUTE });
    expect(play({ [A]: '############', [B]: '.......#####' }, { config: slow })).toEqual([
      '0 pager: +a',
      '7 pager: +b (+a)',
    ]);
    // A silence that ends is no message either.
    const silences = [silence('{name="b"}', 3, 7)];
    expect(play({ [A]: '##########', [B]: '....######' }, { config: slow, silences })).toEqual([
      '0 pager: +a',
      '7 pager: +b (+a)',
    ]);
  });

  test('waits from its last message on, whoever joined meanwhile', () => {
    const slow = config({ groupIntervalMs: 5 * MINUTE });
    const D = '{alertname="Down", name="d", host="h3"}';
    const lines = play(
      { [A]: '#'.repeat(16), [B]: `......#${'#'.repeat(9)}`, [D]: `........${'#'.repeat(8)}` },
      { config: slow },
    );
    expect(lines).toEqual(['0 pager: +a', '6 pager: +b (+a)', '11 pager: +d (+a) (+b)']);
  });

  test('is told of at the tick that is due, though this comes a little early', () => {
    const lines = play(
      { [A]: '#########', [B]: '.########' },
      { config: config({ groupIntervalMs: 1.05 * MINUTE, repeatIntervalMs: 4.1 * MINUTE }) },
    );
    expect(lines).toEqual(['0 pager: +a', '1 pager: +b (+a)', '5 pager again: (+a) (+b)']);
  });

  test('is not told of before its time where a tick comes in time', () => {
    const lines = play(
      { [A]: '#'.repeat(22), [B]: `.${'#'.repeat(21)}` },
      { config: config({ groupIntervalMs: 10 * MINUTE, repeatIntervalMs: 10 * MINUTE }) },
    );
    expect(lines).toEqual(['0 pager: +a', '10 pager: +b (+a)', '20 pager again: (+a) (+b)']);
  });

  test('of all labels holds one alert', () => {
    expect(play({ [A]: '#', [B]: '#' }, { config: config({ groupBy: 'all' }) })).toEqual([
      '0 pager: +a',
      '0 pager: +b',
    ]);
  });
});

describe('muting', () => {
  const inhibit = config(
    { groupBy: ['alertname'] },
    {
      inhibitRules: [
        {
          sourceMatchers: matchers('alertname="Down"'),
          targetMatchers: matchers('alertname!="Down"'),
          equal: ['host'],
        },
      ],
    },
  );

  test('an inhibited alert is not told while its source fires, and told if it outlives it', () => {
    expect(play({ [A]: '.###..', [C]: '..####' }, { config: inhibit })).toEqual([
      '1 pager: +a',
      '4 pager: -a',
      '4 pager: +c',
    ]);
    expect(play({ [A]: '.###..', [C]: '..#...' }, { config: inhibit })).toEqual([
      '1 pager: +a',
      '4 pager: -a',
    ]);
  });

  test('who was told that it fires is told that it is over, once it may be said', () => {
    expect(play({ [A]: '.####..', [C]: '###....' }, { config: inhibit })).toEqual([
      '0 pager: +c',
      '1 pager: +a',
      '5 pager: -c',
      '5 pager: -a',
    ]);
    const silences = [silence('{name="a"}', 2, 5)];
    expect(play({ [A]: '###....' }, { silences })).toEqual(['0 pager: +a', '5 pager: -a']);
  });

  test('a silenced alert is told when the silence ends, if it still fires', () => {
    const silences = [silence('{name="a"}', 0, 3)];
    expect(play({ [A]: '#####' }, { silences })).toEqual(['3 pager: +a']);
    expect(play({ [A]: '##...' }, { silences })).toEqual([]);
  });

  test('a route that is muted for a time tells afterwards', () => {
    const night = {
      times: [[0, 725]],
      weekdays: [],
      daysOfMonth: [],
      months: [],
      years: [],
      location: 'UTC',
    } as const;
    const muted = config(
      { routes: [{ match: 'alertname="Down"', muteTimeIntervals: ['night'] }] },
      { timeIntervals: new Map([['night', [night]]]) },
    );
    expect(play({ [A]: '#########' }, { config: muted })).toEqual(['5 pager: +a']);
    expect(play({ [A]: '##.......' }, { config: muted })).toEqual([]);
  });
});

describe('acknowledging and escalating', () => {
  const escalations = [{ matchers: [], from: 'pager', to: 'boss', afterMs: 3 * MINUTE }];
  const labels = { alertname: 'Down', name: 'a', host: 'h1' };
  const acknowledgement: Acknowledgement = {
    fingerprint: fingerprint(labels),
    labels,
    alertStartsAtMs: at(0),
    by: 'me',
    note: '',
    atMs: at(1),
    untilMs: at(60),
  };
  const often = config({ repeatIntervalMs: 2 * MINUTE });

  test('the next receiver is told when nobody acknowledges, and told when it is over', () => {
    expect(play({ [A]: '#####.' }, { escalations })).toEqual([
      '0 pager: +a',
      '3 boss after pager: +a',
      '5 pager: -a',
      '5 boss: -a',
    ]);
  });

  test('nobody is drawn in for what is over in time, or for other alerts of the group', () => {
    expect(play({ [A]: '###.' }, { escalations })).toEqual(['0 pager: +a', '3 pager: -a']);
    const lines = play({ [A]: '#####..', [B]: '...####' }, { escalations });
    expect(lines).toEqual([
      '0 pager: +a',
      '3 pager: +b (+a)',
      '3 boss after pager: +a',
      '5 pager: (+b) -a',
      '5 boss: -a',
      '6 boss after pager: +b',
    ]);
  });

  test('nobody is drawn in while the route is muted', () => {
    const lunch = {
      times: [[722, 726]],
      weekdays: [],
      daysOfMonth: [],
      months: [],
      years: [],
      location: 'UTC',
    } as const;
    const muted = config(
      { routes: [{ match: 'alertname="Down"', muteTimeIntervals: ['lunch'] }] },
      { timeIntervals: new Map([['lunch', [lunch]]]) },
    );
    expect(play({ [A]: '##########' }, { escalations, config: muted })).toEqual([
      '0 pager: +a',
      '6 boss after pager: +a',
    ]);
  });

  test('an alert that comes back while its group goes on is given the time anew', () => {
    const lines = play({ [A]: '#####.##.', [B]: '#########' }, { escalations });
    expect(lines.filter((line) => line.includes('boss'))).toEqual([
      '3 boss after pager: +a +b',
      '5 boss: (+b) -a',
    ]);
  });

  test('an acknowledged alert is neither repeated nor escalated; that it is over is told', () => {
    const how = { escalations, acknowledgements: [acknowledgement], config: often };
    expect(play({ [A]: '######.' }, how)).toEqual(['0 pager: +a', '6 pager: -a']);
  });

  test('an acknowledgement holds for one firing', () => {
    const how = { acknowledgements: [acknowledgement], config: often };
    expect(play({ [A]: '#.###' }, how)).toEqual([
      '0 pager: +a',
      '1 pager: -a',
      '2 pager: +a',
      '4 pager again: (+a)',
    ]);
  });
});

describe('an edited tree', () => {
  test('tells nobody anew of what he knows, and all of them that it is over', () => {
    const later = config({
      routes: [
        { match: 'host="h1"', groupBy: ['host'] },
        { match: 'host="h2"', receiver: 'boss' },
      ],
    });
    expect(
      play({ [A]: '######.', [B]: '######.' }, { later: { minute: 3, config: later } }),
    ).toEqual(['0 pager: +a +b', '3 boss: +b', '6 pager: -a', '6 boss: -b', '6 pager: -b']);
  });
});
