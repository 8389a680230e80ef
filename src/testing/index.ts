/** What users test with: the public names of `heddle/testing`. */
export {
  type SimulatedOptions,
  type Simulation,
  startSimulated,
} from './simulated-runtime.ts'
