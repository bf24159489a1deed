export { openReferenceDevice, ReferenceDevice } from "./reference-device.ts";
