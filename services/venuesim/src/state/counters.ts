/** What the venue counts about itself, for `/sim/state`, metrics and heartbeats. */
export class VenueCounters {
  ordersAccepted = 0;
  ordersRefused = 0;
  cancels = 0;
  fills = 0;
  requests = 0;
  prints = 0;
  flowFrames = 0;
  corruptLines = 0;
  /** Prices and quantities that do not fit the instrument's increments; their levels are left out. */
  unfitValues = 0;
  sockets = 0;
  slowSocketsDropped = 0;
  faultsApplied = 0;
}
