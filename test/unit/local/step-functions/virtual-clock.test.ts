import { describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '../../../../local/step-functions/clock.ts';
import { seededRandom } from '../../../../local/step-functions/random.ts';
import { VirtualClock } from '../../../../local/step-functions/virtual-clock.ts';

describe('the virtual clock', () => {
  test('fires timers in the order of their times, and of their making where these are the same', async () => {
    const clock = new VirtualClock(0);
    const fired: [string, number][] = [];
    for (const [name, delay] of [
      ['late', 20],
      ['first', 10],
      ['second', 10],
    ] as const)
      clock.schedule(delay, () => fired.push([name, clock.now()]));
    await clock.runUntilIdle();
    expect(fired).toEqual([
      ['first', 10],
      ['second', 10],
      ['late', 20],
    ]);
  });

  test('keeps the order among many timers, some of them cancelled', async () => {
    const clock = new VirtualClock(0);
    const random = seededRandom(11);
    const fired: number[] = [];
    const expected: number[] = [];
    for (let index = 0; index < 1_000; index++) {
      const delay = Math.floor(random.number() * 500);
      const cancel = clock.schedule(delay, () => fired.push(clock.now()));
      if (index % 3 === 0) cancel();
      else expected.push(delay);
    }
    expect(clock.pendingTimers).toBe(expected.length);
    await clock.runUntilIdle();
    expect(fired).toEqual(expected.sort((one, other) => one - other));
    expect(clock.pendingTimers).toBe(0);
  });

  test('passes exactly as much time as it is told', async () => {
    const clock = new VirtualClock(0);
    const fired: number[] = [];
    const again = () => {
      fired.push(clock.now());
      clock.schedule(30, again);
    };
    clock.schedule(30, again);
    await clock.advanceBy(100);
    expect([fired, clock.now(), clock.pendingTimers]).toEqual([[30, 60, 90], 100, 1]);
  });

  test('does not fire what was cancelled', async () => {
    const clock = new VirtualClock(0);
    const action = jest.fn();
    clock.schedule(10, action)();
    await clock.runUntilIdle();
    expect([action.mock.calls.length, clock.now()]).toEqual([0, 0]);
  });

  test('stands still while tracked work is in flight', async () => {
    const clock = new VirtualClock(0);
    const order: string[] = [];
    clock.schedule(10, () => order.push('timer'));
    const work = clock.track(new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve))));
    const done = work.then(() => order.push('work'));
    await clock.advanceToNext();
    await done;
    expect(order).toEqual(['work', 'timer']);
  });
});

describe('the system clock', () => {
  test('waits longer than Node can wait at once', () => {
    jest.useFakeTimers();
    try {
      const action = jest.fn();
      const days = 24 * 60 * 60 * 1000;
      systemClock.schedule(60 * days, action);
      jest.advanceTimersByTime(60 * days - 1);
      expect(action).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(action).toHaveBeenCalledTimes(1);
      systemClock.schedule(60 * days, action)();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});
