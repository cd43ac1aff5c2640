// Command informer runs real client-go informers against a cluster and shows their caches on a loopback port, so that
// tests can compare what a stock controller believes with what the members hold.
//
//	informer -kubeconfig FILE -listen 127.0.0.1:PORT -resource serviceimports.v1beta1.multicluster.x-k8s.io [-resource …]
//
// GET /dump answers {"<resource>":{"synced":bool,"items":{"ns/name":{…}},"adds":n,"updates":n,"deletes":n,"backwards":n}}.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

type resources []string

func (r *resources) String() string     { return strings.Join(*r, ",") }
func (r *resources) Set(v string) error { *r = append(*r, v); return nil }

// watched is one informer and what its handlers saw. backwards counts updates whose resourceVersion did not grow.
type watched struct {
	informer                          cache.SharedIndexInformer
	mu                                sync.Mutex
	adds, updates, deletes, backwards int
}

type dump struct {
	Synced    bool                              `json:"synced"`
	Items     map[string]map[string]interface{} `json:"items"`
	Adds      int                               `json:"adds"`
	Updates   int                               `json:"updates"`
	Deletes   int                               `json:"deletes"`
	Backwards int                               `json:"backwards"`
}

func (w *watched) count(field *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*field++
}

func (w *watched) dump() dump {
	w.mu.Lock()
	defer w.mu.Unlock()
	items := map[string]map[string]interface{}{}
	for _, item := range w.informer.GetStore().List() {
		object := item.(*unstructured.Unstructured)
		items[object.GetNamespace()+"/"+object.GetName()] = object.Object
	}
	return dump{w.informer.HasSynced(), items, w.adds, w.updates, w.deletes, w.backwards}
}

func revision(object interface{}) uint64 {
	value, err := strconv.ParseUint(object.(*unstructured.Unstructured).GetResourceVersion(), 10, 64)
	if err != nil {
		panic(fmt.Sprintf("resourceVersion is not decimal: %v", err))
	}
	return value
}

func start(factory dynamicinformer.DynamicSharedInformerFactory, name string) *watched {
	gvr, _ := schema.ParseResourceArg(name)
	if gvr == nil {
		klog.Fatalf("not a resource: %s", name)
	}
	w := &watched{informer: factory.ForResource(*gvr).Informer()}
	_, err := w.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(interface{}) { w.count(&w.adds) },
		UpdateFunc: func(previous, current interface{}) {
			w.count(&w.updates)
			if revision(current) < revision(previous) {
				w.count(&w.backwards)
			}
		},
		DeleteFunc: func(interface{}) { w.count(&w.deletes) },
	})
	if err != nil {
		klog.Fatal(err)
	}
	return w
}

func main() {
	var names resources
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	listen := flag.String("listen", "", "loopback address that shows the caches")
	flag.Var(&names, "resource", "resource.version.group; may be repeated")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		klog.Fatal(err)
	}
	factory := dynamicinformer.NewDynamicSharedInformerFactory(client, 0)
	all := map[string]*watched{}
	for _, name := range names {
		all[name] = start(factory, name)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	factory.Start(ctx.Done())

	http.HandleFunc("/dump", func(response http.ResponseWriter, _ *http.Request) {
		out := map[string]dump{}
		for name, w := range all {
			out[name] = w.dump()
		}
		response.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(response).Encode(out); err != nil {
			klog.Error(err)
		}
	})
	server := &http.Server{Addr: *listen}
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			klog.Fatal(err)
		}
	}()
	<-ctx.Done()
	_ = server.Close()
}
