/** What turns have the main thread do, as the router's end of their lanes sees it. */
import { expect, test } from 'vitest'
import { MainCalls } from '../../../src/router/requests/main-calls.ts'
import { type PartHost, setMainPart } from '../../../src/tools/main-part.ts'
import { DeliveryRig } from '../../fixtures/delivery-rig.ts'
import { laneOf } from '../../fixtures/placement-rig.ts'

/** A turn that has called a part, which holds something for it from then on. */
async function held() {
  const { promise, resolve } = Promise.withResolvers<PartHost>()
  setMainPart('test', {
    run: (_, host) => {
      resolve(host)
      return { result: new Promise(() => {}), letGo: Promise.resolve() }
    },
  })
  const rig = new DeliveryRig()
  const turn = rig.publish('k')
  rig.begin(turn)
  const lane = rig.lane(laneOf(turn))
  const call = { kind: 'test', data: undefined }
  new MainCalls(rig.desk).take(lane, { id: 1, slot: turn.slot, sender: 'a', call }, turn)
  expect(lane.asking.size).toBe(1)
  const host = await promise
  host.turn?.hold()
  return { lane, host }
}

test('what a call holds for its turn is not a wait of the turn', async () => {
  const { lane } = await held()
  expect([lane.asking.size, lane.permits.size]).toEqual([0, 1])
})

test('what a call holds is given back when its turn lets go, and when its lane dies', async () => {
  const one = await held()
  one.lane.permits.get(1)?.takeBack('its caller no longer waits')
  expect(one.host.signal.aborted).toBe(true)
  expect(one.lane.permits.size).toBe(0)
  const other = await held()
  other.lane.died()
  expect(other.host.signal.aborted).toBe(true)
})
