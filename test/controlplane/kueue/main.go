// Command kueue runs the MultiKueue controllers of Kueue as Kueue's manager does, without the rest of it: they connect
// to the worker clusters that MultiKueueClusters name, here by their ClusterProfiles.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	feature "k8s.io/apiserver/pkg/util/feature"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	inventory "sigs.k8s.io/cluster-inventory-api/apis/v1alpha1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	config "sigs.k8s.io/kueue/apis/config/v1beta2"
	kueue "sigs.k8s.io/kueue/apis/kueue/v1beta2"
	"sigs.k8s.io/kueue/pkg/controller/admissionchecks/multikueue"
	"sigs.k8s.io/kueue/pkg/features"
)

func main() {
	namespace := flag.String("namespace", "kueue-system", "Kueue's own namespace, where it looks for ClusterProfiles and Secrets")
	profiles := flag.String("profiles", "", "file with multiKueue.clusterProfile of Kueue's configuration, in JSON")
	metrics := flag.String("metrics", "0", "address to serve controller-runtime's metrics on")
	flag.Parse()
	ctrl.SetLogger(klog.Background())
	if err := run(ctrl.SetupSignalHandler(), *namespace, *profiles, *metrics); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, namespace, profilesFile, metrics string) error {
	gates := map[string]bool{string(features.MultiKueueClusterProfile): true}
	if err := feature.DefaultMutableFeatureGate.SetFromMap(gates); err != nil {
		return err
	}
	profiles, err := readProfiles(profilesFile)
	if err != nil {
		return err
	}
	manager, err := newManager(metrics)
	if err != nil {
		return err
	}
	if err := multikueue.SetupIndexer(ctx, manager.GetFieldIndexer(), namespace); err != nil {
		return err
	}
	if err := multikueue.SetupControllers(manager, namespace, multikueue.WithClusterProfiles(profiles)); err != nil {
		return err
	}
	return manager.Start(ctx)
}

func newManager(metrics string) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, kueue.AddToScheme, inventory.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	hub, err := ctrl.GetConfig()
	if err != nil {
		return nil, err
	}
	return ctrl.NewManager(hub, ctrl.Options{Scheme: scheme, Metrics: server.Options{BindAddress: metrics}})
}

func readProfiles(file string) (*config.ClusterProfile, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	profiles := &config.ClusterProfile{}
	if err := json.Unmarshal(text, profiles); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return profiles, nil
}
