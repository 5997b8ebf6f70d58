import { type DynamicModule, Module } from '@nestjs/common';
import { ControlController } from './inbound/control.controller.ts';
import { OrdersController } from './inbound/orders.controller.ts';
import { BridgeMetrics } from './state/bridge-metrics.ts';
import { BridgeShell } from './state/bridge-shell.ts';

/** The bridge's consumers, for as long as it holds the lease. */
@Module({})
export class AppModule {
  static around(shell: BridgeShell, metrics: BridgeMetrics): DynamicModule {
    return {
      module: AppModule,
      controllers: [ControlController, OrdersController],
      providers: [
        { provide: BridgeShell, useValue: shell },
        { provide: BridgeMetrics, useValue: metrics },
      ],
    };
  }
}
