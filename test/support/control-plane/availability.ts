// Exits 0 when the test control plane can be had on this machine, else prints why not and exits 1.
import { controlPlaneAvailability } from './binaries.ts';

const availability = controlPlaneAvailability();
if (typeof availability !== 'string') {
  console.log(availability.reason);
  process.exitCode = 1;
}
