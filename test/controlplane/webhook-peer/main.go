// Command webhook-peer is a webhook as most are written: in Go, on controller-runtime, with typed objects. The bench
// measures ours beside it.
package main

import (
	"flag"
	"log"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	"sigs.k8s.io/controller-runtime/pkg/webhook/conversion"
	"sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"
	"sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

func main() {
	port := flag.Int("port", 0, "loopback port to listen on")
	certificates := flag.String("certificates", "", "folder with tls.crt and tls.key")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	if err := serve(*port, *certificates); err != nil {
		log.Fatal(err)
	}
}

func serve(port int, certificates string) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, v1beta1.AddToScheme, addRootToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	converter, err := importConverter(scheme)
	if err != nil {
		return err
	}
	converters := conversion.NewRegistry()
	kind := v1beta1.SchemeGroupVersion.WithKind("ServiceImport").GroupKind()
	if err := converters.RegisterConverter(kind, converter); err != nil {
		return err
	}
	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: port, CertDir: certificates})
	server.Register("/validate/safety", &admission.Webhook{Handler: exportRules{decoder: admission.NewDecoder(scheme)}})
	server.Register("/convert", conversion.NewWebhookHandler(scheme, converters))
	return server.Start(ctrl.SetupSignalHandler())
}
