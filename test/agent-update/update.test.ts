import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../agent/spool/lock.ts';
import { type Disk, systemDisk } from '../../agent/update/disk.ts';
import { systemdService } from '../../agent/update/service.ts';
import { checkForUpdate } from '../../agent/update/update.ts';
import { linked } from './installation.ts';
import { makeKeys, makeRelease } from './release-files.ts';
import { BY_HAND, BY_POLICY, setScene } from './scene.ts';
import { PATIENT_MS, updaterPorts } from './updater-ports.ts';

/** As long as what is bad gets to post. */
const SHORT_MS = 4000;

/** On a machine with much else to do. */
const TEST_MS = 40_000;

describe('an update', { timeout: TEST_MS }, () => {
  it('puts a newer version in place, which runs and posts, and keeps the one before', async () => {
    const { update, installed } = await setScene();
    expect(await update()).toEqual({
      ok: true,
      value: '1.1.0 is installed in place of 1.0.0: it posts',
    });
    expect(linked(installed)).toBe('versions/1.1.0');
    expect(installed.currentVersion()).toBe('1.1.0');
    expect(installed.runningVersion()).toBe('1.1.0');
    expect(installed.folders()).toEqual(['1.0.0', '1.1.0']);
    expect(installed.isTrialOpen()).toBe(false);
  });

  it('keeps one version before, not all', async () => {
    const { update, installed, offer } = await setScene();
    for (const version of ['1.1.0', '1.2.0-rc.1', '1.2.0']) {
      offer(version);
      expect(await update()).toMatchObject({ ok: true });
    }
    expect(installed.folders()).toEqual(['1.2.0', '1.2.0-rc.1']);
    expect(installed.currentVersion()).toBe('1.2.0');
  });

  it('does nothing where there is nothing newer, and says what is offered', async () => {
    const { update, installed, offer, server } = await setScene();
    offer('1.0.0');
    expect(await update()).toEqual({ ok: true, value: '1.0.0 is what the deployment offers' });
    expect(server.asked).toEqual(['release.json', 'release.json.sig']);
    expect(installed.folders()).toEqual(['1.0.0']);
  });

  it('only looks with --check', async () => {
    const { installed, settings } = await setScene();
    const ports = updaterPorts(settings(), () => undefined);
    expect(await checkForUpdate(BY_HAND, ports)).toEqual({
      ok: true,
      value: '1.1.0 is offered, 1.0.0 is in use',
    });
    expect(installed.folders()).toEqual(['1.0.0']);
  });

  it('is not done by policy unless the configuration says auto', async () => {
    const { update, server, installed } = await setScene();
    expect(await update(BY_POLICY, { policy: 'manual' })).toEqual({
      ok: true,
      value: 'nothing is done: update.policy in the configuration is manual',
    });
    expect(server.asked).toEqual([]);
    expect(await update(BY_POLICY)).toMatchObject({ ok: true });
    expect(installed.runningVersion()).toBe('1.1.0');
  });

  it('never goes to an older version unless it is told to', async () => {
    const { update, offer, installed } = await setScene();
    offer('0.9.0');
    expect(await update(BY_POLICY)).toMatchObject({ ok: true });
    expect(await update()).toEqual({
      ok: false,
      error: 'the deployment offers 0.9.0, older than 1.0.0: --allow-downgrade installs it',
    });
    expect(installed.currentVersion()).toBe('1.0.0');
    expect(await update({ ...BY_HAND, mayDowngrade: true })).toMatchObject({ ok: true });
    expect(installed.runningVersion()).toBe('0.9.0');
  });

  it('goes back to the version before by name, without the deployment having it', async () => {
    const { update, installed, server } = await setScene();
    await update();
    server.asked.length = 0;
    const back = { ...BY_HAND, version: '1.0.0', mayDowngrade: true };
    expect(await update({ ...back, mayDowngrade: false })).toMatchObject({ ok: false });
    expect(await update(back)).toMatchObject({ ok: true });
    expect(installed.runningVersion()).toBe('1.0.0');
    expect(installed.folders()).toEqual(['1.0.0', '1.1.0']);
    expect(server.asked).toEqual([]);
    expect(await update({ ...BY_HAND, version: '7.0.0' })).toEqual({
      ok: false,
      error: 'the deployment offers 1.1.0, and neither it nor this host has another',
    });
  });

  it('goes nowhere but to versions, whatever its memory says', async () => {
    const { update, installed } = await setScene();
    const { versionsDir, stateDir } = installed.layout;
    const theirs = join(installed.folder, 'theirs');
    mkdirSync(theirs);
    const away = relative(versionsDir, theirs);
    const rest = { sha256: '0', proofMs: 1000, postedBefore: '', reason: 'was told to' };
    for (const folders of [
      { from: away, to: '1.0.0' },
      { from: '1.0.0', to: away },
    ]) {
      const trial = { phase: 'undoing', ...folders, ...rest };
      writeFileSync(join(stateDir, 'trial.json'), JSON.stringify(trial));
      await update({ ...BY_HAND, version: '7.0.0' });
      expect(linked(installed)).toBe('versions/1.0.0');
      expect(existsSync(theirs)).toBe(true);
    }
  });

  it('goes back also when the disk has become full meanwhile', async () => {
    const { update, installed, offer, said } = await setScene();
    offer('1.1.0', 'crashes');
    let isFull = false;
    const disk: Disk = {
      ...systemDisk,
      write: (path, text) => {
        if (isFull) throw new Error('ENOSPC: no space left on device, write');
        systemDisk.write(path, text);
      },
      pointCurrent: (layout, folder) => {
        systemDisk.pointCurrent(layout, folder);
        isFull = true;
      },
    };
    const outcome = await update(BY_HAND, {}, { disk });
    expect(outcome).toMatchObject({ ok: false });
    expect(JSON.stringify(outcome)).toContain('1.0.0 is back, and posts');
    expect(said.join('\n')).toContain('no space left on device');
    expect(linked(installed)).toBe('versions/1.0.0');
    expect(installed.runningVersion()).toBe('1.0.0');
    expect(installed.isTrialOpen()).toBe(false);
  });

  it('is not kept from its work by somebody who took the name of its lock', async () => {
    const { update, installed, said } = await setScene();
    const lock = await lockFolder(installed.layout.stateDir);
    expect(await update()).toEqual({ ok: false, error: 'another update is at work' });
    expect(await update(BY_HAND, {}, { isOtherThere: () => false })).toMatchObject({ ok: true });
    expect(said).toContain('the name of the lock is taken, but by no update: going on without it');
    expect(installed.runningVersion()).toBe('1.1.0');
    await lock?.release();
  });

  it('installs the same version again, also over a damaged one, and back and forth', async () => {
    const { update, offer, installed } = await setScene();
    offer('1.0.0');
    const executable = join(installed.layout.currentLink, 'hypervigil-agent');
    writeFileSync(executable, 'damaged');
    for (const folder of ['1.0.0~2', '1.0.0']) {
      expect(await update({ ...BY_HAND, isReinstall: true })).toMatchObject({ ok: true });
      expect(linked(installed)).toBe(`versions/${folder}`);
      expect(installed.currentVersion()).toBe('1.0.0');
      expect(installed.runningVersion()).toBe('1.0.0');
    }
  });

  it('starts nothing that an administrator has stopped, but is there for its next start', async () => {
    const { update, installed } = await setScene();
    installed.setState('inactive');
    const before = installed.runningVersion();
    expect(await update()).toMatchObject({ ok: true });
    expect(installed.currentVersion()).toBe('1.1.0');
    expect(installed.runningVersion()).toBe(before);
  });

  it('that is told to end while a version proves itself is finished by the next one', async () => {
    const { update, installed } = await setScene();
    installed.setDark(true);
    const stop = new AbortController();
    const service = systemdService(installed.systemctl, installed.journalctl);
    const restart = async () => {
      const done = await service.restart();
      stop.abort();
      return done;
    };
    await expect(
      update(BY_HAND, {}, { service: { ...service, restart }, signal: stop.signal }),
    ).rejects.toThrow(/abort/i);
    expect(installed.runningVersion()).toBe('1.1.0');
    expect(installed.isTrialOpen()).toBe(true);
    installed.setDark(false);
    expect(await update(BY_POLICY, { policy: 'manual' })).toMatchObject({ ok: true });
    expect(installed.runningVersion()).toBe('1.1.0');
    expect(installed.isTrialOpen()).toBe(false);
  });

  it('is one at a time', async () => {
    const { update } = await setScene();
    const all = await Promise.all([update(), update(), update()]);
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
    const busy = { ok: false, error: 'another update is at work' };
    expect(all.filter(({ ok }) => !ok)).toEqual([busy, busy]);
  });
});

describe('a version that is no good', { timeout: TEST_MS }, () => {
  it.each([
    ['crashes', PATIENT_MS, 'ended 3 times without a post'],
    ['hangs', SHORT_MS, 'did not post within 4 s'],
  ] as const)(
    'and %s is undone in time, and not tried again by policy',
    async (behaviour, proofMs, why) => {
      const { update, installed, offer } = await setScene();
      offer('1.1.0', behaviour);
      const beganMs = Date.now();
      const outcome = await update(BY_POLICY, { proofMs });
      expect(outcome.ok).toBe(false);
      expect(outcome).toMatchObject({ error: expect.stringContaining(why) });
      expect(outcome).toMatchObject({ error: expect.stringContaining('1.0.0 is back, and posts') });
      if (behaviour === 'crashes') {
        expect(outcome).toMatchObject({ error: expect.stringContaining('cannot read the moon') });
      }
      expect(Date.now() - beganMs).toBeLessThan(SHORT_MS + 10_000);
      expect(installed.runningVersion()).toBe('1.0.0');
      expect(installed.folders()).toEqual(['1.0.0']);
      expect(installed.isTrialOpen()).toBe(false);
      expect(installed.verdicts()).toMatchObject([{ version: '1.1.0', kind: 'bad' }]);
      expect(await update(BY_POLICY)).toMatchObject({
        ok: true,
        value: expect.stringContaining(`1.1.0 is not tried again by policy: it ${why}`),
      });
      // The same number on other bytes is another chance, and so is a person's word.
      offer('1.1.0', 'posts');
      expect(await update(BY_POLICY)).toMatchObject({ ok: true });
      expect(installed.runningVersion()).toBe('1.1.0');
    },
  );

  it('can be tried again by hand, and is forgiven when it is good', async () => {
    const { update, installed } = await setScene();
    installed.setDark(true);
    expect(await update(BY_HAND, { proofMs: SHORT_MS / 4 })).toMatchObject({ ok: false });
    installed.setDark(false);
    expect(await update()).toMatchObject({ ok: true });
    expect(installed.verdicts()).toEqual([]);
  });

  it('is not blamed where the one before cannot post either', async () => {
    const { update, installed } = await setScene();
    installed.setDark(true);
    expect(await update(BY_POLICY, { proofMs: SHORT_MS / 4 })).toMatchObject({
      ok: false,
      error: expect.stringContaining('1.0.0 is back; it too did not post'),
    });
    expect(installed.runningVersion()).toBe('1.0.0');
    expect(installed.verdicts()).toMatchObject([{ version: '1.1.0', kind: 'unclear' }]);
    installed.setDark(false);
    expect(await update(BY_POLICY)).toMatchObject({
      ok: true,
      value: expect.stringContaining('1.1.0 is not tried again by policy'),
    });
    // A day later.
    const file = join(installed.layout.stateDir, 'bad.json');
    const aged = readFileSync(file, 'utf8').replace(/"atMs": (\d+)/, (_, ms) => {
      return `"atMs": ${Number(ms) - 25 * 3_600_000}`;
    });
    writeFileSync(file, aged);
    expect(await update(BY_POLICY)).toMatchObject({ ok: true });
    expect(installed.runningVersion()).toBe('1.1.0');
  });

  it('is not even tried while the deployment takes no posts', async () => {
    const { update, installed, server } = await setScene();
    server.takesPosts = false;
    const error = expect.stringContaining('not now, as no version could post');
    expect(await update(BY_POLICY)).toMatchObject({ ok: false, error });
    expect(installed.verdicts()).toEqual([]);
    expect(installed.folders()).toEqual(['1.0.0']);
  });

  it.each([
    ['badConfig', 'config check` of 1.1.0 ended with 2: agent.yaml:1:1: no such setting'],
    ['distrusts', '` of 1.1.0 ended with 1'],
  ] as const)('for this host (%s) is not started at all', async (behaviour, why) => {
    const { update, installed, offer } = await setScene();
    offer('1.1.0', behaviour);
    const outcome = await update(BY_POLICY);
    expect(outcome).toMatchObject({ ok: false, error: expect.stringContaining(why) });
    expect(installed.runningVersion()).toBe('1.0.0');
    expect(installed.folders()).toEqual(['1.0.0']);
    expect(installed.verdicts()).toMatchObject([{ kind: 'unclear' }]);
  });

  it('says another version than it is offered as', async () => {
    const { update, installed, server, settings } = await setScene();
    const { privateKey, publicKey } = makeKeys();
    server.files = makeRelease('1.1.0', installed.executable('1.0.9', 'posts'), privateKey);
    const outcome = await update(BY_HAND, { ...settings(), publicKey });
    expect(outcome).toMatchObject({ error: expect.stringContaining('of 1.1.0 said 1.0.9') });
    expect(installed.folders()).toEqual(['1.0.0']);
  });
});
